// Package harness runs the real program as a process for the tests with real
// peers: its own ports, its own data folder, its log and its API at hand.
package harness

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"testing"
)

// program is the program under test; Main builds it.
var program string

// Main builds the program and runs the tests of a package. They wait for
// calls rather than for a processor, so parallel of them run at once.
//
// PARLEY_BIN names a program that is built already.
func Main(m *testing.M, parallel int) {
	flag.Parse()
	_ = flag.Set("test.parallel", strconv.Itoa(parallel))
	os.Exit(run(m))
}

func run(m *testing.M) int {
	if program = os.Getenv("PARLEY_BIN"); program != "" {
		return m.Run()
	}
	dir, err := os.MkdirTemp("", "parley-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(dir)
	program = filepath.Join(dir, "parley")
	cmd := exec.Command("go", "build", "-o", program, "./cmd/parley")
	cmd.Dir = Root()
	if out, err := cmd.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "build the program: %v\n%s", err, out)
		return 1
	}
	return m.Run()
}

// Root is the folder of the module.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..")
}

// Long reports whether the long forms of the tests are wanted.
func Long() bool { return os.Getenv("PARLEY_E2E") == "long" }

// Need skips the test if a program is missing, and names the Debian package
// that has it.
func Need(t *testing.T, program, debian string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Skipf("%s is not installed: apt-get install %s", program, debian)
	}
	return path
}
