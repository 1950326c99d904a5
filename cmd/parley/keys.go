package main

import (
	"encoding"
	"reflect"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

func joinKey(path, name string) string {
	if path == "" {
		return name
	}
	return path + "." + name
}

func fieldByKey(t reflect.Type, key string) (reflect.StructField, bool) {
	for i := range t.NumField() {
		if f := t.Field(i); f.Tag.Get("yaml") == key && key != "-" {
			return f, true
		}
	}
	return reflect.StructField{}, false
}

func keysOf(t reflect.Type) (keys []string) {
	for i := range t.NumField() {
		if k := t.Field(i).Tag.Get("yaml"); k != "" && k != "-" {
			keys = append(keys, k)
		}
	}
	return keys
}

var textType = reflect.TypeFor[encoding.TextUnmarshaler]()

// walk calls f with every single value of a configuration and its key. Lists
// are left out: the environment cannot say them.
func walk(v reflect.Value, path string, f func(key string, field reflect.Value)) {
	t := v.Type()
	for i := range t.NumField() {
		key := t.Field(i).Tag.Get("yaml")
		if key == "" || key == "-" {
			continue
		}
		field := v.Field(i)
		switch {
		case field.Kind() == reflect.Struct && !field.Addr().Type().Implements(textType):
			walk(field, joinKey(path, key), f)
		case field.Kind() != reflect.Slice && field.Kind() != reflect.Map:
			f(joinKey(path, key), field)
		}
	}
}

// nodeOf returns the value of a key, nil if it does not stand in the file.
func nodeOf(doc *yaml.Node, key string) *yaml.Node {
	if len(doc.Content) == 0 {
		return nil
	}
	n := doc.Content[0]
	for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '[' }) {
		if n = descend(n, part); n == nil {
			return nil
		}
	}
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// lineOf returns the line of a key such as sip.listen[0].address, or of the
// nearest group above it that stands in the file.
func lineOf(doc *yaml.Node, key string) int {
	if len(doc.Content) == 0 {
		return 0
	}
	n, line := doc.Content[0], 0
	for _, part := range strings.FieldsFunc(key, func(r rune) bool { return r == '.' || r == '[' }) {
		next := descend(n, part)
		if next == nil {
			break
		}
		n, line = next, next.Line
		if k := keyNode(doc.Content[0], n); k != nil {
			line = k.Line
		}
	}
	return line
}

// descend goes from a node to the value of a key, or to an item: "0]".
func descend(n *yaml.Node, part string) *yaml.Node {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	if index, ok := strings.CutSuffix(part, "]"); ok && n.Kind == yaml.SequenceNode {
		i, err := strconv.Atoi(index)
		if err != nil || i < 0 || i >= len(n.Content) {
			return nil
		}
		return n.Content[i]
	}
	if n.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		if n.Content[i].Value == part {
			return n.Content[i+1]
		}
	}
	return nil
}

// keyNode returns the key whose value is v.
func keyNode(n, v *yaml.Node) *yaml.Node {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 1 && c == v {
			return n.Content[i-1]
		}
		if k := keyNode(c, v); k != nil {
			return k
		}
	}
	return nil
}

// nearest returns the key that a misspelt one most likely stands for, or "".
func nearest(name string, keys []string) string {
	best, least := "", 3
	for _, k := range keys {
		if d := distance(strings.ToLower(name), k); d < least {
			best, least = k, d
		}
	}
	return best
}

// distance is how many letters must be changed, added or left out to make b
// of a.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			d := diagonal
			if a[i] != b[j] {
				d++
			}
			diagonal = row[j+1]
			row[j+1] = min(d, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
