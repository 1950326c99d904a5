package web

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// TokenFile is the name of the token's file in the data folder.
const TokenFile = "token"

// ReadToken returns the token kept in the data folder dir.
func ReadToken(dir string) (string, error) {
	data, err := os.ReadFile(filepath.Join(dir, TokenFile))
	if err != nil {
		return "", fmt.Errorf("read the API token: %w", err)
	}
	token := strings.TrimSpace(string(data))
	if len(token) < minToken {
		return "", fmt.Errorf("read the API token: %s is too short; remove it to have a new one made", filepath.Join(dir, TokenFile))
	}
	return token, nil
}

// MakeToken returns the token kept in dir, and makes one if there is none.
func MakeToken(dir string) (string, error) {
	token, err := ReadToken(dir)
	if !errors.Is(err, fs.ErrNotExist) {
		return token, err
	}
	raw := make([]byte, 24)
	rand.Read(raw) //nolint:errcheck // it never fails
	token = hex.EncodeToString(raw)
	if err := os.WriteFile(filepath.Join(dir, TokenFile), []byte(token+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the API token: %w", err)
	}
	return token, nil
}
