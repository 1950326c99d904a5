package turn

import "time"

// FrameTime is the length of the audio that one Frame event stands for.
const FrameTime = 20 * time.Millisecond

// Config is how patient and how polite a machine is.
type Config struct {
	// Pause between connection and the first answer.
	Pause time.Duration `yaml:"pause"`

	// OnsetSpeech is the voiced audio that makes an onset speech; an onset
	// without voice for OnsetSilence was nothing.
	OnsetSpeech  time.Duration `yaml:"onset_speech"`
	OnsetSilence time.Duration `yaml:"onset_silence"`
	// LookBack is the audio before that which the recogniser gets too.
	LookBack time.Duration `yaml:"look_back"`

	// EndSilence is the silence that ends the caller's turn.
	EndSilence time.Duration `yaml:"end_silence"`
	// MaxUtterance ends an utterance that does not end by itself.
	MaxUtterance time.Duration `yaml:"max_utterance"`
	// MaxGap is how long made-up audio may hold up the silence clock.
	MaxGap time.Duration `yaml:"max_gap"`

	// Patience scales EndSilence by what was said.
	Patience PatienceConfig `yaml:"patience"`

	// BargeIn is the clear speech that takes the floor from the robot for good,
	// whatever is said; twice as much if it is nothing but acknowledgements. A
	// word that means something takes it at once. Floor is what happens before.
	BargeIn time.Duration `yaml:"barge_in"`
	Floor   FloorConfig   `yaml:"floor"`

	// Language is what is spoken, a BCP 47 tag: how words are read.
	Language string `yaml:"-"`

	// Accumulate joins what the caller adds before the answer is audible to
	// what was said before, and asks once more with both.
	Accumulate bool `yaml:"accumulate"`
	// MinSpeech is the voiced audio below which an utterance without a word
	// was noise and is ignored.
	MinSpeech time.Duration `yaml:"min_speech"`

	// Speculate asks for the answer when the caller pauses; it is used if that
	// was all that he said.
	Speculate bool `yaml:"speculate"`

	Backchannel BackchannelConfig `yaml:"backchannel"`
	Filler      FillerConfig      `yaml:"filler"`
	NoResponse  NoResponse        `yaml:"no_response"`

	// FinalTimeout bounds the wait for the recogniser's final text,
	// AnswerTimeout that for the first and each further step of an answer,
	// PlayTimeout the playing of one line.
	FinalTimeout  time.Duration `yaml:"final_timeout"`
	AnswerTimeout time.Duration `yaml:"answer_timeout"`
	PlayTimeout   time.Duration `yaml:"play_timeout"`
	// Apology is said when no answer can be had; after MaxFailures in a row
	// the conversation ends.
	Apology     string `yaml:"apology"`
	MaxFailures int    `yaml:"max_failures"`
}

// NoResponse is what happens when the caller says nothing.
type NoResponse struct {
	After  time.Duration `yaml:"after"`
	Text   string        `yaml:"text"`
	Times  int           `yaml:"times"`
	Hangup time.Duration `yaml:"hangup"`
}

// Defaults returns the values that requirements V3, V4 and V9 name.
func Defaults() Config {
	return Config{
		OnsetSpeech:  40 * time.Millisecond,
		OnsetSilence: 100 * time.Millisecond,
		LookBack:     300 * time.Millisecond,
		EndSilence:   700 * time.Millisecond,
		MaxUtterance: 60 * time.Second,
		MaxGap:       30 * time.Second,
		BargeIn:      500 * time.Millisecond,
		Floor:        DefaultFloor(),
		Patience:     DefaultPatience(),
		Language:     "en-US",
		Accumulate:   true,
		MinSpeech:    300 * time.Millisecond,
		Speculate:    true,
		Backchannel:  DefaultBackchannel(),
		Filler:       DefaultFiller(),
		NoResponse: NoResponse{
			After:  10 * time.Second,
			Text:   "Sorry, I didn't catch that. Could you repeat it?",
			Times:  1,
			Hangup: 30 * time.Second,
		},
		FinalTimeout:  4 * time.Second,
		AnswerTimeout: 15 * time.Second,
		PlayTimeout:   2 * time.Minute,
		Apology:       "Sorry, something went wrong. Please say that again.",
		MaxFailures:   3,
	}
}

// Validate reports every value that would make the machine misbehave.
func (c Config) Validate(report func(key, problem, remedy string)) {
	positive := func(key string, d time.Duration) {
		if d < FrameTime {
			report(key, "is "+d.String(), "set it to one frame (20ms) or more")
		}
	}
	positive("onset_speech", c.OnsetSpeech)
	positive("onset_silence", c.OnsetSilence)
	positive("end_silence", c.EndSilence)
	positive("max_utterance", c.MaxUtterance)
	positive("max_gap", c.MaxGap)
	positive("barge_in", c.BargeIn)
	c.Floor.validate(report)
	c.Patience.validate(report)
	c.Backchannel.validate(report)
	c.Filler.validate(report)
	positive("no_response.after", c.NoResponse.After)
	positive("no_response.hangup", c.NoResponse.Hangup)
	positive("final_timeout", c.FinalTimeout)
	positive("answer_timeout", c.AnswerTimeout)
	positive("play_timeout", c.PlayTimeout)
	if c.Pause < 0 {
		report("pause", "is negative", "set it to 0s or more")
	}
	if c.LookBack < 0 || c.LookBack > time.Second {
		report("look_back", "is "+c.LookBack.String(), "set it between 0s and 1s")
	}
	if c.MinSpeech < 0 {
		report("min_speech", "is negative", "set it to 0s or more")
	}
	if c.NoResponse.Times < 0 {
		report("no_response.times", "is negative", "set it to 0 or more")
	}
	if c.NoResponse.Times > 0 && c.NoResponse.Text == "" {
		report("no_response.text", "is empty", "give the reminder's words, or set no_response.times to 0")
	}
	if c.MaxFailures < 1 {
		report("max_failures", "is less than 1", "set it to 1 or more")
	}
	if c.Apology == "" {
		report("apology", "is empty", "give the words to say when no answer can be had")
	}
}
