package main

import (
	"os"
	"reflect"
	"slices"
	"strings"
)

// notKeys are names of the environment that are no keys of the configuration:
// PARLEY_TOKEN is for the commands that ask the API.
var notKeys = []string{"PARLEY_TOKEN"}

// strangers warns of names that begin like ours and mean nothing. They are no
// problem: others give such names too, for example a cluster to a service that
// is called parley.
func (p *parsed) strangers(c *Config) {
	known := slices.Clone(notKeys)
	walk(reflect.ValueOf(c).Elem(), "", func(key string, _ reflect.Value) {
		name := "PARLEY_" + strings.ToUpper(strings.ReplaceAll(key, ".", "_"))
		known = append(known, name, name+"_FILE")
	})
	for _, v := range slices.Sorted(slices.Values(os.Environ())) {
		name, _, _ := strings.Cut(v, "=")
		if !strings.HasPrefix(name, "PARLEY_") || slices.Contains(known, name) {
			continue
		}
		hint := "lists and unknown keys cannot be set from the environment"
		if near := nearest(strings.ToLower(name), lower(known)); near != "" {
			hint = "did you mean " + strings.ToUpper(near) + "?"
		}
		p.warnings = append(p.warnings, "the environment's "+name+" means nothing: "+hint)
	}
}

func lower(names []string) (low []string) {
	for _, n := range names {
		low = append(low, strings.ToLower(n))
	}
	return low
}
