package records

import (
	"fmt"
	"html"
	"io"
	"strings"

	"parley/call"
)

// Sound is a call's recording, for the waveforms of a picture.
type Sound struct {
	Rate          int // Hz
	Caller, Robot []int16
	From          int64 // journal offset of the first sample, ms
}

// Lanes of the picture, in pixels from the top.
const (
	laneAxis   = 64
	laneCaller = 90
	laneRobot  = 172
	laneHeight = 70
	laneUser   = 254
	laneAgent  = 280
	barHeight  = 18
	laneMarks  = 312
	markRow    = 15
	markRows   = 4
	laneText   = laneMarks + markRows*markRow + 24
	margin     = 84
)

const style = `
 .bg{fill:#fbfaf7} text{font:12px system-ui,sans-serif;fill:#2c2a26} .dim{fill:#77726a;font-size:11px} .head{font-size:16px;font-weight:600}
 .grid{stroke:#e4e0d8} .lane{fill:#f1eee7} .caller{fill:#2f6f9f} .robot{fill:#b5651d} .said-caller{fill:#2f6f9f;fill-opacity:.14} .said-robot{fill:#b5651d;fill-opacity:.14}
 .quiet{fill:#e4e0d8} .onset{fill:#a9c7dc} .talking{fill:#2f6f9f} .pausing{fill:#7fb0d0} .keying{fill:#6a5acd}
 .listening{fill:#e4e0d8} .hearing{fill:#c9b458} .thinking{fill:#dba24a} .speaking{fill:#b5651d}
 .on-speaking,.on-talking,.on-keying,.on-thinking{fill:#fff}
 .mark{stroke:#8a857b;stroke-dasharray:2 3} .cut{stroke:#c0392b;stroke-width:1.5} .cuttext{fill:#c0392b} .lost{fill:#a39d92;text-decoration:line-through}
 @media (prefers-color-scheme:dark){.bg{fill:#1d1c1a} text{fill:#e9e5dc} .dim{fill:#9b958a} .grid{stroke:#38352f} .lane{fill:#262420} .quiet,.listening{fill:#38352f} .lost{fill:#6f6a61}}
`

// WritePicture draws a call's timeline as SVG: both sides' sound, what the
// caller and the robot were doing, each decision with its reason, and the
// words. sound may be nil.
func WritePicture(w io.Writer, r call.Record, events []call.Event, sound *Sound) error {
	p := picture{end: max(length(r, events), 1000)}
	p.scale = min(max(1040/float64(p.end), 0.02), 0.2) // pixels a millisecond
	p.width = int(float64(p.end)*p.scale) + 2*margin
	p.height = laneText + 20*(len(r.Transcript)+len(r.Turns)) + 20

	p.f(`<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="%d" viewBox="0 0 %d %d" role="img"><title>Timeline of call %s</title><style>%s</style>`,
		p.width, p.height, p.width, p.height, r.ID, style)
	p.f(`<rect class="bg" width="%d" height="%d"/>`, p.width, p.height)
	p.text(20, 28, "head", fmt.Sprintf("%s → %s", orDash(r.Caller), orDash(r.Called)))
	p.text(20, 46, "dim", fmt.Sprintf("call %s · %s · %s · %.1f s · ended by %s: %s", r.ID, orDash(r.Program),
		r.Start.Format("2006-01-02 15:04:05"), float64(p.end)/1000, orDash(r.HangupBy), Why(r)))
	p.axis()
	p.lane(laneCaller, laneHeight, "caller")
	p.lane(laneRobot, laneHeight, "robot")
	for _, l := range r.Transcript {
		p.said(l)
	}
	if sound != nil {
		p.wave(laneCaller, "caller", sound.Caller, sound)
		p.wave(laneRobot, "robot", sound.Robot, sound)
	}
	agent, user := states(events, p.end)
	p.bars(laneUser, "the caller is", user)
	p.bars(laneAgent, "the robot is", agent)
	p.marks(events)
	p.words(r)
	p.f("</svg>\n")
	_, err := io.WriteString(w, p.b.String())
	return err
}

type picture struct {
	b             strings.Builder
	width, height int
	end           int64
	scale         float64
}

func (p *picture) f(format string, args ...any) { fmt.Fprintf(&p.b, format, args...) }

// escape makes any text fit for XML.
func escape(s string) string { return html.EscapeString(call.Printable(s)) }

func (p *picture) x(ms int64) float64 {
	return margin + float64(min(max(ms, 0), p.end))*p.scale
}

func (p *picture) text(x, y float64, class, s string) {
	p.f(`<text x="%.1f" y="%.1f" class="%s">%s</text>`, x, y, escape(class), escape(s))
}

func (p *picture) lane(y, height int, name string) {
	p.f(`<rect class="lane" x="%d" y="%d" width="%d" height="%d" rx="3"/>`, margin, y, p.width-2*margin, height)
	p.f(`<text x="%d" y="%d" text-anchor="end" class="dim">%s</text>`, margin-8, y+height/2+4, name)
}

// axis draws a line a second, or fewer where they would touch.
func (p *picture) axis() {
	step := int64(1000)
	for float64(step)*p.scale < 34 {
		step += 1000
	}
	for ms := int64(0); ms <= p.end; ms += step {
		p.f(`<line class="grid" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, p.x(ms), p.x(ms), laneAxis+6, laneMarks)
		p.f(`<text x="%.1f" y="%d" text-anchor="middle" class="dim">%ds</text>`, p.x(ms), laneAxis, ms/1000)
	}
}

// said shades the stretch of a line in its speaker's lane.
func (p *picture) said(l call.Line) {
	y := laneCaller
	if l.Speaker == call.SpeakerRobot {
		y = laneRobot
	}
	p.f(`<rect class="said-%s" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s</title></rect>`,
		l.Speaker, p.x(l.From), y, max(p.x(l.To)-p.x(l.From), 1), laneHeight, escape(l.Words()))
}

// wave draws the loudest sample of each pixel's time.
func (p *picture) wave(y int, class string, pcm []int16, s *Sound) {
	p.f(`<path class="%s" d="`, class)
	mid := float64(y) + laneHeight/2
	samples := int(float64(s.Rate) / 1000 / p.scale)
	for i := 0; samples > 0 && i+samples <= len(pcm); i += samples {
		peak := 0
		for _, v := range pcm[i : i+samples] {
			peak = max(peak, int(v), -int(v))
		}
		h := float64(peak) / 32768 * laneHeight / 2
		if h < 0.4 {
			continue
		}
		x := p.x(s.From + int64(i)*1000/int64(s.Rate))
		p.f("M%.1f %.1fh1V%.1fh-1z", x, mid-h, mid+h)
	}
	p.f(`"/>`)
}

func (p *picture) bars(y int, name string, spans []span) {
	p.f(`<text x="%d" y="%d" text-anchor="end" class="dim">%s</text>`, margin-8, y+13, name)
	for _, s := range spans {
		w := p.x(s.to) - p.x(s.from)
		p.f(`<rect class="%s" x="%.1f" y="%d" width="%.1f" height="%d"><title>%s, %d ms</title></rect>`,
			escape(s.what), p.x(s.from), y, max(w, 0.5), barHeight, escape(s.what), s.to-s.from)
		if w > 52 {
			p.text(p.x(s.from)+4, float64(y)+13, "dim on-"+s.what, s.what)
		}
	}
}

// marks writes the decisions in rows, so that neighbours do not cover each
// other.
func (p *picture) marks(events []call.Event) {
	var until [markRows]float64
	for _, e := range decisions(events) {
		if e.Kind == call.KindDigit {
			continue // what they came to has a mark
		}
		label := e.Kind
		if e.Text != "" {
			label += ": " + e.Text
		}
		x, class, textClass := p.x(e.At), "mark", "dim"
		if e.Kind == "turn.cut" {
			class, textClass = "cut", "dim cuttext"
		}
		row := 0
		for r := range until {
			if until[r] < until[row] {
				row = r
			}
			if until[r] <= x {
				row = r
				break
			}
		}
		width := 6.2 * float64(len([]rune(label)))
		until[row] = x + width
		y := laneMarks + 16 + row*markRow
		p.f(`<line class="%s" x1="%.1f" x2="%.1f" y1="%d" y2="%d"/>`, class, x, x, laneCaller, y-8)
		left := min(x+2, float64(p.width)-width-4) // the last ones stay in the picture
		p.text(left, float64(y), textClass, label)
	}
}

// words lists what was said, and the stages of each turn.
func (p *picture) words(r call.Record) {
	y := float64(laneText)
	for _, l := range r.Transcript {
		p.f(`<text y="%.1f"><tspan x="62" text-anchor="end" class="dim">%.2f s</tspan><tspan x="74" class="%s" font-weight="600">%s</tspan><tspan x="122">%s</tspan>`,
			y, float64(l.From)/1000, l.Speaker, l.Speaker, escape(l.Words()))
		if l.Meant != "" && l.Meant != l.Text {
			p.f(`<tspan dx="4" class="lost">%s</tspan>`, escape(strings.TrimSpace(strings.TrimPrefix(l.Meant, l.Text))))
		}
		p.f(`</text>`)
		y += 20
	}
	y += 12
	for _, t := range r.Turns {
		if t.Number == 0 {
			continue
		}
		p.text(20, y, "dim", fmt.Sprintf("turn %d: last word to first sound %s ms = silence %s + recogniser %s + answer %s + voice %s + wire %s%s",
			t.Number, gap(t.SpeechEnd, t.Audible), gap(t.SpeechEnd, t.Decided), gap(t.Decided, t.Text), gap(t.Text, t.Reply),
			gap(t.Reply, t.Voice), gap(max(t.Voice, t.Reply), t.Audible), cutText(t)))
		y += 20
	}
}
