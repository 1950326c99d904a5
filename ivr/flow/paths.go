package flow

import "go.yaml.in/yaml/v3"

// edge is one way from a node to the next.
type edge struct{ label, to string }

// edges lists the ways out of a node.
func (n *Node) edges() []edge {
	var es []edge
	add := func(label, to string) {
		if to != "" {
			es = append(es, edge{label, to})
		}
	}
	for _, r := range n.Replies {
		add("reply "+r.Class, r.Next)
	}
	for _, k := range n.Cases {
		add("case", k.Next)
	}
	for _, w := range n.Commands {
		add("command "+w.Name, w.Next)
	}
	for _, w := range n.Functions {
		add("function "+w.Name, w.Next)
	}
	add("next", n.Next)
	add("other", n.Other)
	add("busy", n.Busy)
	add("no_answer", n.NoAnswer)
	add("failed", n.Failed)
	add("else", n.Else)
	return es
}

// waits says whether the machine stops at a node for the caller.
func (n *Node) waits() bool {
	switch n.Type {
	case Conversation:
		return yes(n.Listen)
	case Collect, Knowledge, Agent:
		return true
	}
	return false
}

func (c *checker) checkTargets(name string, n *Node) {
	for _, e := range n.edges() {
		if c.flow.Nodes[e.to] == nil {
			c.addAt(e.to, name, n, "name one of the nodes", "%s leads to node %q, which does not exist", e.label, e.to)
		}
	}
	for i, k := range n.Cases {
		if k.Next == "" && !n.torn {
			c.add(name, n, "add next", "case %d leads nowhere", i+1)
		}
	}
}

// ways lists the nodes that a node leads to. A node that could not be read as
// a whole leads wherever a name in it says.
func (c *checker) ways(n *Node) (to []string) {
	for _, e := range n.edges() {
		if c.flow.Nodes[e.to] != nil {
			to = append(to, e.to)
		}
	}
	if n.torn {
		to = append(to, namesIn(n.yaml, c.flow.Nodes, map[*yaml.Node]bool{})...)
	}
	return to
}

// open says that a way out of a node is not known: it has a mistake that has
// been named.
func (c *checker) open(n *Node) bool {
	es := n.edges()
	for _, e := range es {
		if c.flow.Nodes[e.to] == nil {
			return true
		}
	}
	return n.torn || len(es) == 0
}

// checkPaths looks at the graph as a whole: every node is reached, from every
// node an end can be reached, and no circle runs without the caller.
func (c *checker) checkPaths() {
	f := c.flow
	reached := map[string]bool{}
	var visit func(string)
	visit = func(name string) {
		if reached[name] {
			return
		}
		reached[name] = true
		for _, to := range c.ways(f.Nodes[name]) {
			visit(to)
		}
	}
	if f.Nodes[f.Start] == nil {
		for _, name := range c.names() {
			reached[name] = true // nobody knows: the start is not there
		}
	} else {
		visit(f.Start)
	}

	ends := map[string]bool{}
	for grew := true; grew; {
		grew = false
		for name, n := range f.Nodes {
			if ends[name] {
				continue
			}
			ok := n.Type == End || n.Type == Transfer || c.open(n)
			for _, to := range c.ways(n) {
				ok = ok || ends[to]
			}
			if ok {
				ends[name], grew = true, true
			}
		}
	}
	for _, name := range c.names() {
		n := f.Nodes[name]
		if !reached[name] {
			c.add(name, n, "lead to it or remove it", "no path from start reaches this node")
		} else if !ends[name] {
			c.add(name, n, "add a way to an end node", "no path from this node ends")
		}
		if c.circles(name, name, map[string]bool{}) {
			c.add(name, n, "put a node that listens into the circle", "a circle runs through this node without the caller")
		}
	}
}

// circles says whether from can be reached from name through nodes that do
// not wait for the caller.
func (c *checker) circles(from, name string, seen map[string]bool) bool {
	n := c.flow.Nodes[name]
	if n.waits() || n.torn {
		return false
	}
	for _, to := range c.ways(n) {
		if to == from {
			return true
		}
		if !seen[to] {
			seen[to] = true
			if c.circles(from, to, seen) {
				return true
			}
		}
	}
	return false
}
