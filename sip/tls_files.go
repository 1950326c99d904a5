package sip

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// TLS is the identity of a listener and what it asks of those who connect.
type TLS struct {
	// Certificate and Key are PEM files; new ones count without a restart.
	Certificate string `yaml:"certificate"`
	Key         string `yaml:"key"`
	// ClientCA is a PEM file of authorities; with it clients must show a
	// certificate of theirs (mutual TLS).
	ClientCA string `yaml:"client_ca"`
}

func (c TLS) validate(key string, wanted bool, report func(key, problem, remedy string)) {
	switch {
	case !wanted && c != (TLS{}):
		report(key, "is set, but the network has no TLS", "use network tls or wss, or leave it out")
	case wanted && (c.Certificate == "" || c.Key == ""):
		report(key+".certificate", "or the key is missing", "name the PEM files of the listener's certificate and key")
	}
}

// certificates is a pair of files in use. It looks at them again when a
// handshake finds that they have changed, at most once a second; files that
// cannot be read leave the last good ones in place.
type certificates struct {
	files TLS
	log   *slog.Logger

	mu      sync.Mutex
	looked  time.Time
	changed time.Time
	config  *tls.Config
}

func loadCertificates(files TLS, log *slog.Logger) (*certificates, error) {
	c := &certificates{files: files, log: log}
	if err := c.load(); err != nil {
		return nil, err
	}
	return c, nil
}

// server is the configuration of the listener.
func (c *certificates) server() *tls.Config {
	return &tls.Config{
		MinVersion:         tls.VersionTLS12,
		GetConfigForClient: func(*tls.ClientHelloInfo) (*tls.Config, error) { return c.current(time.Now()), nil },
	}
}

const lookEvery = time.Second

func (c *certificates) current(now time.Time) *tls.Config {
	c.mu.Lock()
	defer c.mu.Unlock()
	if now.Sub(c.looked) < lookEvery {
		return c.config
	}
	c.looked = now
	if newest, err := c.newest(); err != nil || newest.After(c.changed) {
		if err == nil {
			err = c.load()
		}
		if err != nil {
			c.log.Warn("TLS certificate not renewed: the old one stays", "error", err)
		} else {
			c.log.Info("TLS certificate renewed", "file", c.files.Certificate)
		}
	}
	return c.config
}

// newest is when one of the files was last changed.
func (c *certificates) newest() (newest time.Time, err error) {
	for _, name := range []string{c.files.Certificate, c.files.Key, c.files.ClientCA} {
		if name == "" {
			continue
		}
		info, err := os.Stat(name)
		if err != nil {
			return newest, err
		}
		if info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	return newest, nil
}

func (c *certificates) load() error {
	newest, err := c.newest()
	if err != nil {
		return fmt.Errorf("TLS files: %w", err)
	}
	pair, err := tls.LoadX509KeyPair(c.files.Certificate, c.files.Key)
	if err != nil {
		return fmt.Errorf("TLS certificate %s with key %s: %w", c.files.Certificate, c.files.Key, err)
	}
	config := &tls.Config{MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair}}
	if c.files.ClientCA != "" {
		if config.ClientCAs, err = loadAuthorities(c.files.ClientCA); err != nil {
			return err
		}
		config.ClientAuth = tls.RequireAndVerifyClientCert
	}
	c.config, c.changed = config, newest
	return nil
}

var errNoCertificates = errors.New("no certificate in it")

func loadAuthorities(file string) (*x509.CertPool, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("TLS authorities: %w", err)
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, fmt.Errorf("TLS authorities %s: %w", file, errNoCertificates)
	}
	return pool, nil
}
