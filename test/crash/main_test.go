// Package crash tests what is left when something breaks in mid-call: the
// program itself, one of its engines, the disk, the database.
package crash

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"parley/call"
	"parley/test/harness"
)

func TestMain(m *testing.M) { harness.Main(m, 4) }

// children returns the engines of that name that a Parley has started.
func children(t *testing.T, parent int, engine string) (pids []int) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		stat, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended meanwhile
		}
		_, rest, _ := strings.Cut(string(stat), ") ")
		f := strings.Fields(rest)
		if len(f) < 2 || f[0] == "Z" || f[1] != strconv.Itoa(parent) {
			continue
		}
		line, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if !bytes.Contains(line, []byte("\x00engine\x00"+engine+"\x00")) {
			continue
		}
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(file)))
		pids = append(pids, pid)
	}
	return pids
}

// kill ends the engines of that name.
func kill(t *testing.T, p *harness.Parley, engine string) {
	t.Helper()
	pids := children(t, p.PID(), engine)
	if len(pids) == 0 {
		t.Fatalf("there is no engine %s", engine)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			t.Fatal(err)
		}
	}
}

// alive reports whether a process exists and is no zombie.
func alive(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(stat), ") ")
	return err == nil && !strings.HasPrefix(rest, "Z")
}

// hearing waits until the robot understands something of what the caller is
// saying.
func hearing(p *harness.Parley, words string) call.Record {
	return p.LiveCall("the robot hears "+words, func(r call.Record) bool {
		for _, e := range harness.Kinds(p.Events(r.ID), call.KindHearing) {
			if strings.Contains(e.Text, words) {
				return true
			}
		}
		return false
	})
}
