package main

import (
	"math"

	"parley/media/vad"
)

// adam holds gradients and their moments, in the order of flat.
type adam struct {
	grad, mean, square []float64
	steps              int
}

func newAdam(n *vad.Net) *adam {
	size := len(flat(n))
	return &adam{grad: make([]float64, size), mean: make([]float64, size), square: make([]float64, size)}
}

// flat are the parameters of a network.
func flat(n *vad.Net) []*float32 {
	var all []*float32
	for h := range n.In {
		for i := range n.In[h] {
			all = append(all, &n.In[h][i])
		}
	}
	for h := range n.Bias {
		all = append(all, &n.Bias[h])
	}
	for h := range n.Out {
		all = append(all, &n.Out[h])
	}
	return append(all, &n.Rest)
}

// add adds the gradient of one example; a yes counts weight times.
func (a *adam) add(n *vad.Net, e *example, weight float64) {
	var inner [vad.Hidden]float64
	sum := float64(n.Rest)
	for h := range inner {
		x := float64(n.Bias[h])
		for i, w := range n.In[h] {
			x += float64(w) * float64(e.f[i])
		}
		inner[h] = math.Tanh(x)
		sum += float64(n.Out[h]) * inner[h]
	}
	d := 1 / (1 + math.Exp(-sum))
	if e.yes {
		d = (d - 1) * weight
	}
	biases := vad.Hidden * vad.FeatureCount
	outs := biases + vad.Hidden
	for h, t := range inner {
		a.grad[outs+h] += d * t
		back := d * float64(n.Out[h]) * (1 - t*t)
		a.grad[biases+h] += back
		for i, x := range e.f {
			a.grad[h*vad.FeatureCount+i] += back * float64(x)
		}
	}
	a.grad[len(a.grad)-1] += d
}

// step moves the parameters, and forgets the gradient.
func (a *adam) step(n *vad.Net, batch int, rate float64) {
	a.steps++
	first, second := 1-math.Pow(0.9, float64(a.steps)), 1-math.Pow(0.999, float64(a.steps))
	for i, p := range flat(n) {
		g := a.grad[i]/float64(batch) + 1e-5*float64(*p)
		a.mean[i] = 0.9*a.mean[i] + 0.1*g
		a.square[i] = 0.999*a.square[i] + 0.001*g*g
		*p -= float32(rate * a.mean[i] / first / (math.Sqrt(a.square[i]/second) + 1e-8))
		a.grad[i] = 0
	}
}
