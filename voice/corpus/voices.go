package corpus

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"

	"parley/media"
)

// Speakers makes speech by running programs, and keeps what it made in a
// folder. Any number of goroutines may use it.
type Speakers struct {
	dir string

	mu       sync.Mutex
	versions map[string]string // of each program
}

// NewSpeakers keeps its cache in dir; empty: in the user's folder for caches.
func NewSpeakers(dir string) (*Speakers, error) {
	if dir == "" {
		user, err := os.UserCacheDir()
		if err != nil {
			return nil, fmt.Errorf("find a place for the corpus's speech: %w", err)
		}
		dir = filepath.Join(user, "parley", "corpus")
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return nil, fmt.Errorf("make a place for the corpus's speech: %w", err)
	}
	return &Speakers{dir: dir, versions: map[string]string{}}, nil
}

// packageOf names the Debian package of each program.
var packageOf = map[string]string{"flite": "flite", "espeak-ng": "espeak-ng"}

// version asks a program what it is: another version speaks otherwise.
func (s *Speakers) version(ctx context.Context, program string) (string, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v, ok := s.versions[program]; ok {
		return v, nil
	}
	if packageOf[program] == "" {
		return "", fmt.Errorf("the corpus knows no program %q", program)
	}
	out, err := exec.CommandContext(ctx, program, "--version").CombinedOutput()
	if exit := (*exec.ExitError)(nil); err != nil && !errors.As(err, &exit) { // flite shows it and fails
		return "", fmt.Errorf("the corpus needs %s (apt-get install %s): %w", program, packageOf[program], err)
	}
	s.versions[program] = string(out)
	return string(out), nil
}

// say returns what a voice says at a speed (1: its own), and its rate.
func (s *Speakers) say(ctx context.Context, v Voice, speed float64, text string) ([]int16, int, error) {
	version, err := s.version(ctx, v.Program)
	if err != nil {
		return nil, 0, err
	}
	key := sha256.Sum256(fmt.Appendf(nil, "%q %q %q %d %.3f %q", v.Program, version, v.Voice, v.Pitch, speed, text))
	name := hex.EncodeToString(key[:])
	file := filepath.Join(s.dir, name[:2], name[2:]+".wav")
	if _, err := os.Stat(file); err != nil {
		if err := s.make(ctx, v, speed, text, file); err != nil {
			return nil, 0, fmt.Errorf("say %q as %s: %w", text, v.Name, err)
		}
	}
	channels, hz, err := media.ReadWAV(file)
	if err != nil {
		return nil, 0, err
	}
	return channels[0], hz, nil
}

// make runs the program into a file that is whole when it has its name.
func (s *Speakers) make(ctx context.Context, v Voice, speed float64, text, file string) error {
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	part, err := os.CreateTemp(filepath.Dir(file), "part-*.wav")
	if err != nil {
		return err
	}
	part.Close()
	defer os.Remove(part.Name())
	var args []string
	switch v.Program {
	case "flite":
		args = []string{"-voice", v.Voice, "--setf", "duration_stretch=" + strconv.FormatFloat(1/speed, 'f', 3, 64), "-t", text, "-o", part.Name()}
	case "espeak-ng":
		args = []string{"-v", v.Voice, "-s", strconv.Itoa(int(165 * speed)), "-w", part.Name(), "--stdin"}
		if v.Pitch > 0 {
			args = append(args, "-p", strconv.Itoa(v.Pitch))
		}
	}
	cmd := exec.CommandContext(ctx, v.Program, args...)
	cmd.Stdin = strings.NewReader(text)
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%w %s", err, strings.TrimSpace(complaint.String()))
	}
	return os.Rename(part.Name(), file)
}
