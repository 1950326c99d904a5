package vad

import "math"

// Hidden is the number of the network's inner units.
const Hidden = 16

// Net is a small network that weighs the Features: one layer of tanh units and
// a logistic one. test/turns/train makes its weights from the corpus's part
// for tuning.
type Net struct {
	In   [Hidden][FeatureCount]float32
	Bias [Hidden]float32
	Out  [Hidden]float32
	Rest float32
}

// Judge is the probability of what the network was trained for.
func (n *Net) Judge(f *Features) float64 {
	sum := n.Rest
	for h := range Hidden {
		x := n.Bias[h]
		for i, w := range n.In[h] {
			x += w * f[i]
		}
		sum += n.Out[h] * tanh(x)
	}
	return 1 / (1 + math.Exp(-float64(sum)))
}

// tanh is a rational approximation, good to 2 %.
func tanh(x float32) float32 {
	if x > 3 {
		return 1
	}
	if x < -3 {
		return -1
	}
	return x * (27 + x*x) / (27 + 9*x*x)
}
