package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// engines are programs that a machine for tests does not have, or that would change
// it. The test puts programs in their place that write what they are asked for.
var engines = []string{"docker", "kubectl", "systemctl", "install"}

// TestTheCommandsOfDeployingNameWhatIsThere runs the blocks of shell commands of
// docs/operating.md that deploy Outcry, in the root of the repository, with the
// engines replaced.
func TestTheCommandsOfDeployingNameWhatIsThere(t *testing.T) {
	bash := tool(t, "bash")
	tools, root := t.TempDir(), filepath.Join("..", "..")
	asked := filepath.Join(tools, "asked")
	for _, engine := range engines {
		script := "#!" + bash + "\necho " + engine + " \"$@\" >> " + asked + "\n"
		if err := os.WriteFile(filepath.Join(tools, engine), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	run := 0
	for _, block := range shellBlock.FindAllStringSubmatch(deployed(t, "docs", "operating.md"), -1) {
		if !strings.Contains(block[1], "docker ") && !strings.Contains(block[1], "kubectl ") && !strings.Contains(block[1], "systemctl ") {
			continue
		}
		run++
		cmd := exec.Command(bash, "-euc", block[1])
		cmd.Dir = root
		cmd.Env = []string{"PATH=" + tools + ":" + os.Getenv("PATH")}
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Errorf("a block of docs/operating.md fails: %v\n%s\n%s", err, out, block[1])
		}
	}
	if run < 4 {
		t.Errorf("%d blocks were run, want those of deploying", run)
	}
	text, err := os.ReadFile(asked)
	if err != nil {
		t.Fatal(err)
	}
	services := readCompose(t, "localhost").Services
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		for i, word := range words {
			if strings.HasPrefix(word, "deploy/") {
				if _, err := os.Stat(filepath.Join(root, word)); err != nil {
					t.Errorf("%q names a file that is not there: %v", line, err)
				}
			}
			if words[0] == "docker" && i > 1 && strings.HasPrefix(word, "outcry-") {
				if _, ok := services[word]; !ok {
					t.Errorf("%q names a service that compose.yaml does not have", line)
				}
			}
		}
		if key := "--from-literal="; words[0] == "kubectl" && strings.Contains(line, key) {
			for _, e := range readManifests(t).deployment.Spec.Template.Spec.Containers[0].Env {
				if !strings.Contains(line, key+e.ValueFrom.SecretKeyRef.Key+"=") {
					t.Errorf("the secret lacks the key %s, which the Deployment reads", e.ValueFrom.SecretKeyRef.Key)
				}
			}
		}
	}
}
