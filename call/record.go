package call

import "time"

// Record is what is kept of a call (requirement R1). Offsets are
// milliseconds since Start.
type Record struct {
	ID         ID        `json:"id"`
	Door       string    `json:"door" doc:"sip, webrtc or audiosocket"`
	Direction  string    `json:"direction" enum:"inbound,outbound"`
	Caller     string    `json:"caller"`
	CallerName string    `json:"caller_name,omitempty"`
	Called     string    `json:"called"`
	Trunk      string    `json:"trunk,omitempty"`
	WireID     string    `json:"wire_id" doc:"SIP Call-ID or AudioSocket UUID"`
	Program    string    `json:"program,omitempty" doc:"the flow or agent that served the call"`
	Start      time.Time `json:"start"`
	Answered   time.Time `json:"answered,omitzero"`
	End        time.Time `json:"end,omitzero"`

	HangupBy   string `json:"hangup_by,omitempty" enum:"customer,agent,system"`
	Cause      string `json:"cause,omitempty" doc:"why the call ended, for example normal"`
	AnsweredBy string `json:"answered_by,omitempty" enum:"human,machine,beep,screening,assistant,silence,fax,network" doc:"who has taken a call that we made, as it was last judged"`
	Reason     string `json:"reason,omitempty" doc:"why the program ended the conversation: the name of the flow's end, no-response, failed (repeated failures), no audio; empty if it did not"`
	Code       int    `json:"code,omitempty" doc:"the wire's own status, for example a SIP status code"`

	Headers    map[string]string `json:"headers,omitempty" doc:"headers that the trunk lets through"`
	Identity   Identity          `json:"identity,omitzero"`
	Variables  map[string]string `json:"variables,omitempty"`
	Tags       map[string]string `json:"tags,omitempty"`
	Transcript []Line            `json:"transcript,omitempty"`
	Turns      []Turn            `json:"turns,omitempty"`
	Transfers  []Transferral     `json:"transfers,omitempty" doc:"where a flow has sent the caller"`
	Latency    Latencies         `json:"latency,omitzero"`
	Recording  Recording         `json:"recording,omitzero"`
	Media      MediaStats        `json:"media,omitzero"`
}

// Speaker is who said a line.
type Speaker string

const (
	SpeakerCaller Speaker = "caller"
	SpeakerRobot  Speaker = "robot"
)

// Line is one utterance of the conversation, as it was heard.
type Line struct {
	Speaker Speaker `json:"speaker" enum:"caller,robot"`
	// Text is what the other side heard. For a robot that was interrupted it
	// stops where the audio stopped.
	Text string `json:"text"`
	// Meant is the whole text of a robot's line that was cut short.
	Meant string `json:"meant,omitempty"`
	From  int64  `json:"from" doc:"first sample, in milliseconds since the call began"`
	To    int64  `json:"to" doc:"last sample, in milliseconds since the call began"`
	Turn  int    `json:"turn,omitempty"`
	// Digits is set instead of Text when the caller used the keys.
	Digits string `json:"digits,omitempty"`
	// Mark tells that Text is not what was said as a whole.
	Mark string `json:"mark,omitempty" enum:"not understood,partial" doc:"not understood: something was said, and text is empty; partial: the call or the recogniser ended before the utterance did, and text is what was understood until then"`
}

// Marks of a Line.
const (
	MarkNotUnderstood = "not understood"
	MarkPartial       = "partial"
)

// Words is a line as people are to read it: its text, or what stands for it.
func (l Line) Words() string {
	switch {
	case l.Digits != "":
		return "keys " + l.Digits
	case l.Mark == "":
		return l.Text
	case l.Text == "":
		return "(" + l.Mark + ")"
	}
	return l.Text + " (" + l.Mark + ")"
}

// Transferral is one transfer of a caller. Times are offsets in milliseconds
// since the call began.
type Transferral struct {
	Target   string      `json:"target"`
	Mode     string      `json:"mode" enum:"bridge,attended,refer"`
	Start    int64       `json:"start"`
	Answered int64       `json:"answered,omitempty" doc:"the other party answered; 0 if it did not"`
	Ended    int64       `json:"ended,omitempty" doc:"0 if the call ended first"`
	Result   TransferEnd `json:"result,omitempty" enum:"ended,busy,no-answer,failed,transferred,abandoned" doc:"transferred: by REFER, the call left us; abandoned: the caller hung up before the answer"`
	Cause    string      `json:"cause,omitempty" doc:"why, as causes of calls are named"`
}

// Turn holds the measured stages of one answer (requirement V13). All times
// are offsets in milliseconds since the call began; -1 where the stage did
// not happen.
type Turn struct {
	Number    int    `json:"number"`
	Heard     string `json:"heard,omitempty" doc:"what the robot understood"`
	Said      string `json:"said,omitempty" doc:"what the caller heard of the answer"`
	SpeechEnd int64  `json:"speech_end" doc:"last voiced sample of the caller"`
	Decided   int64  `json:"decided" doc:"end of turn was decided"`
	Text      int64  `json:"text" doc:"final text came from the recogniser"`
	Reply     int64  `json:"reply" doc:"first words of the answer were known"`
	Voice     int64  `json:"voice" doc:"first synthesized audio came"`
	Audible   int64  `json:"audible" doc:"first frame went to the wire"`
	Cut       int64  `json:"cut" doc:"playback was cut by the caller"`
}

// Latencies summarises the turns of a call, in milliseconds.
type Latencies struct {
	EndToEnd Quantiles `json:"end_to_end" doc:"last voiced sample of the caller to first frame of the answer"`
	ASR      Quantiles `json:"asr" doc:"end of turn to final text"`
	Reply    Quantiles `json:"reply" doc:"final text to first words of the answer"`
	TTS      Quantiles `json:"tts" doc:"first words to first audio"`
}

// Quantiles are the figures that requirement V13 names.
type Quantiles struct {
	Count  int   `json:"count"`
	Min    int64 `json:"min"`
	Median int64 `json:"median"`
	P90    int64 `json:"p90"`
}

// Recording says where the stereo recording is and whether it is whole.
type Recording struct {
	// File is a path below the data folder; empty if nothing was recorded.
	File string `json:"file,omitempty"`
	Rate int    `json:"rate,omitempty" doc:"Hz"`
	// Samples per channel.
	Samples int64 `json:"samples,omitempty"`
	// Offset is how many samples after its first one the AudioSocket's first
	// sample lies.
	Offset int64 `json:"offset,omitempty"`
	// Problem says why it is not whole, for example a full disk.
	Problem string `json:"problem,omitempty"`
}

// MediaStats are counted at the caller's door.
type MediaStats struct {
	Codec       string  `json:"codec,omitempty"`
	PacketsIn   uint64  `json:"packets_in"`
	PacketsOut  uint64  `json:"packets_out"`
	Lost        uint64  `json:"lost"`
	Late        uint64  `json:"late" doc:"came too late to be played"`
	Strangers   uint64  `json:"strangers" doc:"came from an address that is not the party's"`
	Malformed   uint64  `json:"malformed"`
	JitterMS    float64 `json:"jitter_ms"`
	SRTP        string  `json:"srtp,omitempty" doc:"how the media was encrypted, empty if it was not"`
	Unauthentic uint64  `json:"unauthentic,omitempty" doc:"encrypted packets that were forged, replayed or damaged"`
	FarLost     uint64  `json:"far_lost" doc:"packets of ours that the far end says it lost (RTCP)"`
	FarJitterMS float64 `json:"far_jitter_ms" doc:"as the far end reports it"`
	RTTMS       float64 `json:"rtt_ms" doc:"round trip, 0 if the far end sends no reports"`
	MOS         float64 `json:"mos" doc:"estimated quality of what we heard, 1 to 4.4; 0 if nothing came"`
	FarMOS      float64 `json:"far_mos" doc:"the same of what the far end heard; 0 if it sends no reports"`
	DigitsIn    uint64  `json:"digits_in"`
	FramesGap   uint64  `json:"frames_gap" doc:"frames of silence put in because nothing came"`
	FramesGuess uint64  `json:"frames_concealed"`
}
