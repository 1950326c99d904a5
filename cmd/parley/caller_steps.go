package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"parley/media"
)

// step is one thing that the calling side does, in the order in which the
// flags stand on the command line.
type step struct {
	kind string // say, wav, dtmf, wait, wait-quiet, interrupt-after
	arg  string
	time time.Duration
	pcm  []int16 // of say and wav, at the call's rate
}

// stepFlag appends a step to a list each time the flag is given.
type stepFlag struct {
	kind  string
	steps *[]step
}

// String implements pflag.Value.
func (f *stepFlag) String() string { return "" }

// Type implements pflag.Value.
func (f *stepFlag) Type() string {
	switch f.kind {
	case "say":
		return "text"
	case "wav":
		return "file"
	case "dtmf":
		return "digits"
	}
	return "time"
}

// Set implements pflag.Value.
func (f *stepFlag) Set(arg string) error {
	s := step{kind: f.kind, arg: arg}
	switch f.kind {
	case "say":
		if strings.TrimSpace(arg) == "" {
			return fmt.Errorf("there is nothing to say")
		}
	case "dtmf":
		for i := range len(arg) {
			if !media.ValidTone(arg[i]) {
				return fmt.Errorf("%q is not a digit: use 0-9, *, #, A-D", arg[i])
			}
		}
	case "wait", "wait-quiet", "interrupt-after":
		d, err := time.ParseDuration(arg)
		if secs, numErr := strconv.ParseFloat(arg, 64); err != nil && numErr == nil {
			d, err = time.Duration(secs*float64(time.Second)), nil
		}
		if err != nil || d < 0 {
			return fmt.Errorf("%q is not a time such as 500ms or 2s", arg)
		}
		s.time = d
	}
	*f.steps = append(*f.steps, s)
	return nil
}
