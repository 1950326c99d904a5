package main

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"parley/call"
	"parley/speech"
)

// secretTypes are those whose values may not stand in the file.
var secretTypes = []reflect.Type{reflect.TypeFor[call.Secret](), reflect.TypeFor[speech.Secret]()}

// fetched marks a node whose value stands elsewhere. The library knows no
// such style.
const fetched yaml.Style = 1 << 30

// assign puts the values below a YAML node into v, one by one, so that each
// mistake is reported with its key and its line: keys that nobody knows, keys
// that stand twice, values of the wrong kind.
func (p *parsed) assign(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	single := v.Addr().Type().Implements(textType)
	switch {
	case v.Kind() == reflect.Struct && !single:
		p.assignGroup(n, v, path)
	case v.Kind() == reflect.Slice && !single:
		p.assignList(n, v, path)
	case !single && cut(n, v):
		p.add(n.Line, path, fmt.Sprintf("%s is not a %s", p.shown(n), kindName(v.Type())), "give a value of the right kind")
	case slices.Contains(secretTypes, v.Type()) && n.Value != "" && n.Style&fetched == 0:
		p.add(n.Line, path, "stands here for everybody to read", "write ${env:NAME} or ${file:/path}")
	default:
		if err := n.Decode(v.Addr().Interface()); err != nil {
			p.add(n.Line, path, p.complaint(n, v, err), "give a value of the right kind")
		}
	}
}

func (p *parsed) assignGroup(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.MappingNode {
		p.add(n.Line, path, fmt.Sprintf("%s is not a group of keys", p.shown(n)), "its keys are "+strings.Join(keysOf(v.Type()), ", "))
		return
	}
	seen := map[string]bool{}
	for i := 0; i+1 < len(n.Content); i += 2 {
		name := n.Content[i].Value
		key := joinKey(path, name)
		f, ok := fieldByKey(v.Type(), name)
		switch {
		case seen[name]:
			p.add(n.Content[i].Line, key, "stands here a second time", "keep one of them")
		case !ok:
			remedy := "remove it"
			if near := nearest(name, keysOf(v.Type())); near != "" {
				remedy = "did you mean " + near + "?"
			}
			p.add(n.Content[i].Line, key, "is not a key of the configuration", remedy)
		default:
			p.assign(n.Content[i+1], v.FieldByIndex(f.Index), key)
		}
		seen[name] = true
	}
}

// assignList replaces a list: an operator who names his own listeners does
// not want the default ones too.
func (p *parsed) assignList(n *yaml.Node, v reflect.Value, path string) {
	if n.Kind != yaml.SequenceNode {
		v.SetZero()
		p.add(n.Line, path, fmt.Sprintf("%s is not a list", p.shown(n)), "write it like [a, b], or each item on a line with a dash")
		return
	}
	v.SetZero()
	if len(n.Content) == 0 {
		return
	}
	v.Set(reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content)))
	for i, item := range n.Content {
		if d, ok := v.Index(i).Addr().Interface().(interface{ SetDefaults() }); ok {
			d.SetDefaults() // of what the item does not say
		}
		p.assign(item, v.Index(i), fmt.Sprintf("%s[%d]", path, i))
	}
}

// cut says that a number would not be taken as it is written: 1.5 as 1, or 10
// for a time as ten nanoseconds.
func cut(n *yaml.Node, v reflect.Value) bool {
	whole := v.Kind() >= reflect.Int && v.Kind() <= reflect.Uint64
	if v.Type() == reflect.TypeFor[time.Duration]() {
		return n.Tag == "!!float" || n.Tag == "!!int" && n.Value != "0"
	}
	return whole && n.Tag == "!!float"
}

// complaint says what is wrong with a single value, and never what a secret
// is.
func (p *parsed) complaint(n *yaml.Node, v reflect.Value, err error) string {
	switch shown := p.shown(n); {
	case n.Kind != yaml.ScalarNode:
		return "is not a single value"
	case !v.Addr().Type().Implements(textType):
		return fmt.Sprintf("%s is not a %s", shown, kindName(v.Type()))
	case shown != n.Value:
		return shown + " holds nothing that can be used here"
	}
	return err.Error()
}

func kindName(t reflect.Type) string {
	switch {
	case t.String() == "time.Duration":
		return "time such as 500ms, 3s or 1m"
	case t.Kind() == reflect.Bool:
		return "true or false"
	case t.Kind() >= reflect.Int && t.Kind() <= reflect.Uint64:
		return "whole number"
	case t.Kind() == reflect.Float64:
		return "number"
	}
	return "text"
}
