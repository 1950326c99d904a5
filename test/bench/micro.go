package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"strconv"
	"strings"
)

// microPackages have benchmarks of their own.
var microPackages = []string{"./media", "./media/rtp", "./audiosocket", "./media/vad", "./media/apm"}

// measureMicro runs the packages' benchmarks and makes a figure of each
// number. It must run in the source's folder.
func measureMicro(ctx context.Context, o options, print func(figure)) error {
	length := map[bool]string{false: "1s", true: "100ms"}[o.quick]
	args := append([]string{"test", "-run", "^$", "-bench", ".", "-benchmem", "-benchtime", length}, microPackages...)
	out, err := exec.CommandContext(ctx, "go", args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("go test -bench: %w\n%s", err, out)
	}
	pkg := ""
	for s := bufio.NewScanner(bytes.NewReader(out)); s.Scan(); {
		if p, ok := strings.CutPrefix(s.Text(), "pkg: parley/"); ok {
			pkg = p
		}
		if strings.HasPrefix(s.Text(), "Benchmark") {
			if f, ok := microFigure(pkg, s.Text()); ok {
				print(f)
			}
		}
	}
	return nil
}

// microFigure reads one line of go test -bench: a name, the number of runs,
// then values and their units.
func microFigure(pkg, line string) (f figure, ok bool) {
	fields := strings.Fields(line)
	if len(fields) < 4 {
		return f, false
	}
	name, _, _ := strings.Cut(strings.TrimPrefix(fields[0], "Benchmark"), "-")
	n, err := strconv.Atoi(fields[1])
	if err != nil {
		return f, false
	}
	f = figure{Figure: "micro/" + pkg + "." + name, Unit: "ns/op", N: n, More: make(map[string]float64)}
	for i := 2; i+1 < len(fields); i += 2 {
		v, err := strconv.ParseFloat(fields[i], 64)
		if err != nil {
			return f, false
		}
		if fields[i+1] == "ns/op" {
			f.Value = v
		} else {
			f.More[fields[i+1]] = v
		}
	}
	return f, true
}
