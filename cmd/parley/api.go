package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"parley/web"
)

// apiOptions say how a command reaches the API of a Parley that runs.
type apiOptions struct {
	url, token, data string
}

func (o *apiOptions) flags(f *pflag.FlagSet) {
	f.StringVar(&o.url, "api", "http://127.0.0.1:8080", "`address` of the API")
	f.StringVar(&o.data, "data", envOr("PARLEY_DATA", "data"), "data `folder` of the Parley that runs, for its token; PARLEY_TOKEN goes before it")
}

func envOr(name, otherwise string) string {
	if v := os.Getenv(name); v != "" {
		return v
	}
	return otherwise
}

// connect finds the token.
func (o *apiOptions) connect() error {
	if o.token = os.Getenv("PARLEY_TOKEN"); o.token != "" {
		return nil
	}
	var err error
	if o.token, err = web.ReadToken(o.data); err != nil {
		return fmt.Errorf("%w (name the data folder with --data, or set PARLEY_TOKEN)", err)
	}
	return nil
}

var errNotThere = errors.New("not found")

// open asks for a path and returns the body of the answer.
func (o *apiOptions) open(ctx context.Context, path string) (io.ReadCloser, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, strings.TrimSuffix(o.url, "/")+path, nil)
	if err != nil {
		return nil, err
	}
	req.Header.Set("Authorization", "Bearer "+o.token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the API: %w (is parley serve running?)", err)
	}
	if res.StatusCode == http.StatusOK {
		return res.Body, nil
	}
	defer res.Body.Close()
	var problem struct{ Detail string }
	json.NewDecoder(io.LimitReader(res.Body, 1<<16)).Decode(&problem) //nolint:errcheck // the status says enough
	err = fmt.Errorf("ask the API for %s: %s %s", path, res.Status, problem.Detail)
	if res.StatusCode == http.StatusNotFound {
		err = fmt.Errorf("%w: %w", errNotThere, err)
	}
	return nil, err
}

// apiTimeout bounds a question to the API.
const apiTimeout = 10 * time.Second

// get asks for a path and reads the JSON of the answer.
func (o *apiOptions) get(ctx context.Context, path string, into any) error {
	ctx, cancel := context.WithTimeout(ctx, apiTimeout)
	defer cancel()
	body, err := o.open(ctx, path)
	if err != nil {
		return err
	}
	defer body.Close()
	if err := json.NewDecoder(body).Decode(into); err != nil {
		return fmt.Errorf("read the API's answer to %s: %w", path, err)
	}
	return nil
}
