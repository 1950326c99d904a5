package harness

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// Baresip is somebody else's softphone, which plays a sound file into its
// calls and does as it is told over a socket.
type Baresip struct {
	t     testing.TB
	cmd   *exec.Cmd
	said  bytes.Buffer
	ended chan struct{}
	conn  net.Conn

	mu     sync.Mutex
	events []string
}

// configOfBaresip plays a sound file into the call and keeps what it hears.
const configOfBaresip = `poll_method epoll
sip_listen 127.0.0.1:0
audio_source aufile,%[1]s
audio_player aufile,%[2]s
audio_alert aufile,%[2]s
ausrc_srate 8000
auplay_srate 8000
ctrl_tcp_listen 127.0.0.1:%[3]s
module_path /usr/lib/baresip/modules
module stdio.so
module g711.so
module aufile.so
module srtp.so
module_tmp account.so
module_app menu.so
module_app ctrl_tcp.so
%[4]s
`

// meters are what baresip shows several times a second.
var meters = regexp.MustCompile(`\[\d+:\d\d:\d\d\] audio=\S+ \(bit/s\)\s*`)

// NewBaresip starts a baresip with an account, a line of its accounts file,
// that says the file voice in its calls; config are more lines of its
// configuration.
func NewBaresip(t testing.TB, account, voice string, config ...string) *Baresip {
	t.Helper()
	program, err := exec.LookPath("baresip")
	if err != nil {
		t.Skip("baresip is not installed: apt-get install baresip-core")
	}
	dir := t.TempDir()
	port := FreePort(t, "127.0.0.1")
	for name, text := range map[string]string{
		"config":   fmt.Sprintf(configOfBaresip, voice, filepath.Join(dir, "heard.wav"), port, strings.Join(config, "\n")),
		"accounts": account + "\n",
		"contacts": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b := &Baresip{t: t, cmd: exec.Command(program, "-4", "-f", dir, "-t", "110"), ended: make(chan struct{})}
	b.cmd.Stdout, b.cmd.Stderr = &b.said, &b.said
	if err := b.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(b.ended)
		_ = b.cmd.Wait()
	}()
	t.Cleanup(b.stop)
	Eventually(t, "baresip listens to its orders", func() bool {
		b.conn, err = net.Dial("tcp", "127.0.0.1:"+port)
		return err == nil
	})
	go b.listen()
	return b
}

func (b *Baresip) stop() {
	if b.conn != nil {
		b.conn.Close()
	}
	_ = b.cmd.Process.Kill()
	<-b.ended
	if b.t.Failed() {
		b.t.Logf("baresip said:\n%s", meters.ReplaceAllString(b.said.String(), ""))
	}
}

// listen collects the events that baresip tells, each as a netstring of JSON.
func (b *Baresip) listen() {
	in := bufio.NewReader(b.conn)
	for {
		length, err := in.ReadString(':')
		if err != nil {
			return
		}
		n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
		if err != nil || n < 0 || n > 1<<20 {
			return
		}
		data := make([]byte, n+1)
		if _, err := io.ReadFull(in, data); err != nil {
			return
		}
		var e struct {
			Event bool
			Type  string
		}
		if err := json.Unmarshal(data[:n], &e); err == nil && e.Event {
			b.mu.Lock()
			b.events = append(b.events, e.Type)
			b.mu.Unlock()
		}
	}
}

// Do gives an order, such as Do("dial", "sip:bob@127.0.0.1").
func (b *Baresip) Do(command, params string) {
	b.t.Helper()
	data, err := json.Marshal(map[string]string{"command": command, "params": params})
	if err == nil {
		_, err = fmt.Fprintf(b.conn, "%d:%s,", len(data), data)
	}
	if err != nil {
		b.t.Fatal(err)
	}
}

// Await waits until baresip has told of an event of its calls n times since it
// began: CALL_INCOMING, CALL_ESTABLISHED, CALL_CLOSED and others.
func (b *Baresip) Await(event string, n int) {
	b.t.Helper()
	EventuallyWithin(b.t, 30*time.Second, "baresip has told of "+event, func() bool {
		b.mu.Lock()
		defer b.mu.Unlock()
		seen := 0
		for _, e := range b.events {
			if e == event {
				seen++
			}
		}
		return seen >= n
	})
}
