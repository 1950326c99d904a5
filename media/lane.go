package media

// Lane carries one Stream into another, resampling where their rates differ:
// one direction of a Pump.
type Lane struct {
	in        []int16
	resampler *Resampler // nil if the rates are equal
	out       []int16    // resampled, not yet written
	frame     int        // samples of a frame of out
}

// NewLane returns a Lane between two rates (Hz). Error: they cannot be
// converted.
func NewLane(from, to int) (*Lane, error) {
	l := &Lane{in: make([]int16, FrameSize(from)), frame: FrameSize(to)}
	if from != to {
		var err error
		if l.resampler, err = NewResampler(from, to); err != nil {
			return nil, err
		}
		// Room for a frame that is left over, one more and what a filter's
		// delay lets go at once.
		l.out = make([]int16, 0, 3*l.frame)
	}
	return l, nil
}

// Carry moves one frame and every digit. It reports whether from has ended.
func (l *Lane) Carry(from, to Stream) (ended bool) {
	mark := from.ReadFrame(l.in)
	for d, ok := from.ReadDigit(); ok; d, ok = from.ReadDigit() {
		if d.Samples > 0 {
			d.Samples = int(int64(d.Samples) * int64(to.Rate()) / int64(from.Rate()))
		}
		to.WriteDigit(d)
	}
	switch {
	case mark == End:
		return true
	case l.resampler != nil:
		l.convert(to)
	case mark == Gap:
		to.WriteFrame(nil)
	default:
		to.WriteFrame(l.in)
	}
	return false
}

// convert resamples the frame and writes a whole one, if there is one yet.
func (l *Lane) convert(to Stream) {
	n := len(l.out)
	if room := cap(l.out) - n; room < 2*l.frame {
		n = copy(l.out, l.out[n-l.frame:]) // a resampler that gives too much
	}
	l.out = l.out[:n+l.resampler.Process(l.out[n:cap(l.out)], l.in)]
	if len(l.out) < l.frame {
		to.WriteFrame(nil)
		return
	}
	to.WriteFrame(l.out[:l.frame])
	l.out = l.out[:copy(l.out, l.out[l.frame:])]
}
