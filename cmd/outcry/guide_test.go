package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/outcry/outcry/internal/pgtest"
	"github.com/outcry/outcry/internal/redistest"
)

// TestTheGuidesCommandsForBackupsWork runs the commands of docs/operating.md that back
// up, restore and move an installation, as an operator would paste them.
func TestTheGuidesCommandsForBackupsWork(t *testing.T) {
	t.Parallel()
	program, err := binary()
	must(t, err)
	data := t.TempDir()
	s := startServer(t, data)
	s.post(reports, `{"symptom":"messaging"}`)
	guide, err := os.ReadFile(filepath.Join("..", "..", "docs", "operating.md"))
	must(t, err)
	run := 0
	for _, block := range shellBlock.FindAllStringSubmatch(string(guide), -1) {
		if !strings.Contains(block[1], "bin/outcry backup") && !strings.Contains(block[1], "bin/outcry export") {
			continue
		}
		run++
		script := strings.NewReplacer("bin/outcry ", program+" ",
			"redis://:PASSWORD@redis.example:6379", redistest.Start(t).URL(),
			"postgres://outcry:PASSWORD@postgres.example:5432/outcry", "'"+pgtest.Database(t)+"'").Replace(block[1])
		if output, err := paste(t, data, script); err != nil || !strings.Contains(output, "all rows were counted and compared") {
			t.Errorf("a block of docs/operating.md fails: %v\n%s\n%s", err, block[1], output)
		}
	}
	if run != 2 {
		t.Errorf("%d blocks were run, want the one that backs up and the one that moves", run)
	}
	s.stop()
}
