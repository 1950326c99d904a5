package web

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/uuid"
)

func TestEveryOperationNeedsTheToken(t *testing.T) {
	f := serve(t)
	_, text, _ := f.do("GET", "/openapi.json", "", "")
	var api struct {
		Paths map[string]map[string]any `json:"paths"`
	}
	if err := json.Unmarshal([]byte(text), &api); err != nil {
		t.Fatal(err)
	}
	n := 0
	for path, methods := range api.Paths {
		for method := range methods {
			if !strings.HasPrefix(path, "/v1/") {
				continue
			}
			n++
			p := strings.NewReplacer("{id}", stored, "{uuid}", uuid.Max.String()).Replace(path)
			for _, bearer := range []string{"", "wrong", token + "x"} {
				if status, _, _ := f.do(strings.ToUpper(method), p, "{}", bearer); status != http.StatusUnauthorized {
					t.Errorf("%s %s with token %q: %d, want 401", method, p, bearer, status)
				}
			}
		}
	}
	if n < 9 {
		t.Errorf("the description names %d operations", n)
	}
}

func TestTheSchemeOfTheTokenHasNoCase(t *testing.T) {
	f := serve(t)
	for given, want := range map[string]int{
		"Bearer " + token: 200, "bearer " + token: 200, "BEARER  " + token: 200, "Basic " + token: 401, token: 401, "bearer": 401,
	} {
		req, err := http.NewRequest("GET", f.URL+"/v1/calls", nil)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", given)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("%q: %d, want %d", given, res.StatusCode, want)
		}
	}
}

func TestTheTokenIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	one, err := MakeToken(dir)
	if err != nil || len(one) < 40 {
		t.Fatal(one, err)
	}
	if two, err := MakeToken(dir); err != nil || two != one {
		t.Errorf("%q, then %q: %v", one, two, err)
	}
	if info, _ := os.Stat(filepath.Join(dir, TokenFile)); info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v", info.Mode())
	}
	if err := os.WriteFile(filepath.Join(dir, TokenFile), []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := MakeToken(dir); err == nil {
		t.Error("a token of one letter was taken")
	}
}
