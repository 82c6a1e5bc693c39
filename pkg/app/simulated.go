package app

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/outcry/outcry/pkg/ingest"
)

// simulatedMark is the name of the file that marks a data folder as simulated.
const simulatedMark = "simulated"

// markFolder marks dir as the folder of a simulated server, or checks that it is
// not marked. It returns an error if dir holds the reports of the other kind, so
// that simulated and real reports never mix.
func markFolder(dir string, simulated bool) error {
	mark := filepath.Join(dir, simulatedMark)
	_, err := os.Stat(mark)
	switch {
	case err == nil && simulated:
		return nil
	case err == nil:
		return fmt.Errorf("the reports in %s are simulated: set OUTCRY_SIMULATED=true, or OUTCRY_DATA to another folder", dir)
	case !errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("look at the data folder: %w", err)
	case !simulated:
		return nil
	}
	// A server stores the key of the day with its first report.
	if _, err := os.Stat(filepath.Join(dir, ingest.KeyFileName)); err == nil {
		return fmt.Errorf("the reports in %s are real: set OUTCRY_DATA to another folder for a simulation", dir)
	}
	if err := writeMark(mark); err != nil {
		return fmt.Errorf("mark the data folder as simulated: %w", err)
	}
	return nil
}

// writeMark writes the file that marks a folder as simulated.
func writeMark(path string) error {
	return os.WriteFile(path, []byte("The reports in this folder are simulated.\n"), 0o600)
}
