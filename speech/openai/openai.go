// Package openai asks language models that speak OpenAI's chat-completions
// protocol: OpenAI's own, Azure's, MiniMax's, and servers of one's own such as
// vLLM, llama.cpp or Ollama. It uses the official SDK.
package openai

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"

	"github.com/openai/openai-go/v3"
	"github.com/openai/openai-go/v3/option"

	"parley/speech"
)

// Dial opens a connection, as net.Dialer.DialContext does.
type Dial func(ctx context.Context, network, address string) (net.Conn, error)

// Model implements speech.Model.
type Model struct {
	c         Config
	chat      openai.ChatCompletionService
	transport *http.Transport
}

// New returns a Model. It asks nothing of the server yet. dial is nil but in
// tests.
func New(c Config, dial Dial) (*Model, error) {
	var problem error
	c.Validate(func(key, what, remedy string) {
		if problem == nil {
			problem = fmt.Errorf("openai: %s %s; %s", key, what, remedy)
		}
	})
	if problem != nil {
		return nil, problem
	}
	at, err := c.endpoint()
	if err != nil {
		return nil, err
	}
	t := newTransport(c, dial)
	base := *at
	base.Path, base.RawPath, base.RawQuery = "/", "", ""
	chat := openai.NewChatCompletionService( // not NewClient, which reads the environment
		option.WithBaseURL(base.String()),
		option.WithHTTPClient(&http.Client{Transport: &courier{c: c, at: at, next: t}}),
		option.WithMaxRetries(0), // who asks knows better
	)
	return &Model{c: c, chat: chat, transport: t}, nil
}

// Name is what the configuration calls the model.
func (m *Model) Name() string { return m.c.Name }

// Close ends the connections that are kept open.
func (m *Model) Close() { m.transport.CloseIdleConnections() }

// Chat implements speech.Model. The calls of an answer come at its end, joined
// and in order. What the server sends after the end of its answer is dropped.
func (m *Model) Chat(ctx context.Context, c speech.Chat, out func(speech.Delta) error) error {
	w := newWatch(ctx, m.c)
	defer w.stop()
	stream := m.chat.NewStreaming(w.ctx, m.params(c))
	defer stream.Close()
	a := answer{limit: m.c.MaxAnswer}
	for stream.Next() {
		chunk := stream.Current()
		if err := complaint(chunk.RawJSON()); err != nil {
			return m.fail(ctx, w, err)
		}
		text, progress, err := a.take(chunk)
		if err != nil {
			return m.fail(ctx, w, err)
		}
		if progress {
			w.progress()
		}
		if text != "" {
			if err := w.pause(func() error { return out(speech.Delta{Text: text}) }); err != nil {
				return err
			}
		}
		if a.over {
			break
		}
	}
	if err := stream.Err(); err != nil || ctx.Err() != nil {
		return m.fail(ctx, w, err)
	}
	calls, err := a.finish()
	if err != nil {
		return m.fail(ctx, w, err)
	}
	for i := range calls {
		if err := out(speech.Delta{Call: &calls[i]}); err != nil {
			return err
		}
	}
	if a.over {
		w.drain()
		for stream.Next() { // so that the connection can serve again
		}
	}
	return ctx.Err()
}

// fail says what went wrong: the caller's own end first, then a time-out of
// ours, then what the server did.
func (m *Model) fail(ctx context.Context, w *watch, err error) error {
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if cause := context.Cause(w.ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		err = cause
	}
	return m.explain(err)
}
