package flow

import (
	"math"
	"strings"

	"go.yaml.in/yaml/v3"
)

// locate notes where each node stands, and which of them could not be read as
// a whole: what those lack may be what is misspelt in them.
func (c *checker) locate() {
	nodes := child(c.root, "nodes")
	if nodes == nil || nodes.Kind != yaml.MappingNode {
		return
	}
	read := c.problems // so far, the complaints about the YAML
	for i := 0; i+1 < len(nodes.Content); i += 2 {
		key, last := nodes.Content[i], math.MaxInt
		if i+2 < len(nodes.Content) {
			last = nodes.Content[i+2].Line - 1
		}
		n := c.flow.Nodes[key.Value]
		if n == nil {
			n = &Node{torn: true}
			if c.flow.Nodes == nil {
				c.flow.Nodes = map[string]*Node{}
			}
			c.flow.Nodes[key.Value] = n
			if nodes.Content[i+1].Tag == "!!null" {
				n.line = key.Line
				c.add(key.Value, n, "give it a type", "the node is empty")
			}
		}
		n.line, n.yaml = key.Line, nodes.Content[i+1]
		for _, p := range read {
			n.torn = n.torn || key.Line <= p.Line && p.Line <= last
		}
	}
}

// lineOf returns the line of the first value in a node that holds text, else
// the line of the node.
func (n *Node) lineOf(text string) int {
	if text != "" && n.yaml != nil {
		if at := scalarWith(n.yaml, text); at != nil {
			return at.Line
		}
	}
	return n.line
}

func scalarWith(y *yaml.Node, text string) *yaml.Node {
	if y.Kind == yaml.ScalarNode && strings.Contains(y.Value, text) {
		return y
	}
	for _, c := range y.Content {
		if at := scalarWith(c, text); at != nil {
			return at
		}
	}
	return nil
}

// namesIn lists the values in a node that are names of nodes. seen are those it
// has looked at: an alias may stand within its own anchor.
func namesIn(y *yaml.Node, nodes map[string]*Node, seen map[*yaml.Node]bool) (names []string) {
	if y != nil && y.Kind == yaml.AliasNode {
		y = y.Alias
	}
	if y == nil || seen[y] {
		return nil
	}
	seen[y] = true
	if y.Kind == yaml.ScalarNode && nodes[y.Value] != nil {
		names = append(names, y.Value)
	}
	for _, c := range y.Content {
		names = append(names, namesIn(c, nodes, seen)...)
	}
	return names
}

func lineOfKey(root *yaml.Node, key string) int {
	if n := child(root, key); n != nil {
		return n.Line
	}
	return 1
}
