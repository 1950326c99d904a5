// Package agent lets a language model talk with a caller at an agent node of
// a flow: it asks the model, makes lines of its words as they come in, takes
// commands and function calls out of them, runs tools, and keeps a memory of
// what was really heard.
package agent

import (
	"embed"
	"strings"
)

//go:embed templates/*.md
var templates embed.FS

// Templates are the prompts that an agent node may begin with, by name
// (requirement F1).
func Templates() map[string]string {
	all := map[string]string{}
	files, _ := templates.ReadDir("templates")
	for _, f := range files {
		text, _ := templates.ReadFile("templates/" + f.Name())
		all[strings.TrimSuffix(f.Name(), ".md")] = string(text)
	}
	return all
}
