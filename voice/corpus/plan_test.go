package corpus

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const folder = "../../testdata/turns"

func plan(t *testing.T) *Plan {
	t.Helper()
	p, err := Load(folder)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// barred are the classes that a figure of the report bars.
var barred = []string{
	"single", "hesitation", "dictation", "short", "interruption", "interruption over echo",
	"backchannel", "burst", "babble", "noise", "echo", "person", "machine",
}

func TestThereAreEnoughItemsToReport(t *testing.T) {
	count := map[string]int{}
	items := plan(t).Items(HeldOut)
	for _, it := range items {
		count[it.Class.Name]++
	}
	if len(items) < 1000 {
		t.Errorf("%d items are held out, want 1000", len(items))
	}
	for _, class := range barred {
		if count[class] < 300 {
			t.Errorf("%d items of class %s are held out, want 300", count[class], class)
		}
	}
}

func TestThePartsShareNothing(t *testing.T) {
	p := plan(t)
	seen := map[string]Part{}
	check := func(part Part, what, name string) {
		if other, ok := seen[what+name]; ok && other != part {
			t.Errorf("%s %q is in both parts", what, name)
		}
		seen[what+name] = part
	}
	for _, part := range Parts {
		for _, v := range append(slices.Clone(p.Voices[part]), p.Robots[part].Voice) {
			check(part, "voice", v.Program+v.Voice)
		}
		for list, languages := range p.Texts[part] {
			for _, texts := range languages {
				for _, text := range texts {
					// Sounds without words and the slots' are each part's own.
					if hums[text] == nil && !strings.Contains(text, "$") {
						check(part, "text", strings.ToLower(text))
					}
				}
			}
			if list != "crowd" && len(languages["en"]) == 0 {
				t.Errorf("%s: nothing English in %s", part, list)
			}
		}
		for name, f := range p.Noises[part] {
			check(part, "noise", name)
			if f.Span != halves[part] {
				t.Errorf("%s: noise %s draws from %v, want %v", part, name, f.Span, halves[part])
			}
		}
		for name, f := range p.Bursts[part] {
			if f.Span != halves[part] {
				t.Errorf("%s: burst %s draws from %v, want %v", part, name, f.Span, halves[part])
			}
		}
	}
	environments := map[string]bool{}
	for _, f := range p.Noises[HeldOut] {
		environments[f.Environment] = true
	}
	if len(environments) != 6 {
		t.Errorf("%d environments, want 6", len(environments))
	}
}

// TestTheSlotsShareOnlyDigits: what stands for a name or a place differs too.
func TestTheSlotsShareOnlyDigits(t *testing.T) {
	p := plan(t)
	for slot, words := range p.Slots[Tune] {
		for _, w := range words {
			if slot != "d" && slices.Contains(p.Slots[HeldOut][slot], w) {
				t.Errorf("%s %q is in both parts", slot, w)
			}
		}
	}
}

func TestItemsDependOnTheirNumberAlone(t *testing.T) {
	p := plan(t)
	a := p.Items(Tune)
	for i := range p.Classes {
		p.Classes[i].Count = map[Part]int{Tune: 2 * p.Classes[i].Count[Tune]}
	}
	b := map[string]Item{}
	for _, it := range p.Items(Tune) {
		b[it.ID] = it
	}
	for _, it := range a {
		if o := b[it.ID]; o.seed != it.seed || o.Text != it.Text || o.Voice != it.Voice || o.Noise != it.Noise {
			t.Fatalf("%s changed when there were more: %+v, %+v", it.ID, it, o)
		}
	}
}

func TestChooseGivesEachClassItsShare(t *testing.T) {
	items := plan(t).Items(HeldOut)
	count := map[string]int{}
	for _, it := range Choose(items, regexp.MustCompile("single|silence"), 50) {
		count[it.Class.Name]++
	}
	if count["single"] != 40 || count["silence"] != 10 {
		t.Errorf("%v, want 40 of 320 and 10 of 80", count)
	}
	if got := Choose(items, regexp.MustCompile(""), 0); len(got) != len(items) {
		t.Errorf("%d of %d", len(got), len(items))
	}
}

func TestMistakesInThePlanAreNamed(t *testing.T) {
	for name, c := range map[string]struct{ file, from, to, want string }{
		"key":       {"classes.yaml", "seed:", "sead:", "sead"},
		"component": {"noises.yaml", "hvac: 0, keys: -8", "hvca: 0, keys: -8", "no component hvca"},
		"burst":     {"noises.yaml", "{cough: 0}", "{caugh: 0}", "is no caugh"},
		"texts":     {"classes.yaml", "texts: short", "texts: shorts", "has no texts shorts"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			files, _ := filepath.Glob(folder + "/*.yaml")
			for _, f := range files {
				text, err := os.ReadFile(f)
				if err != nil {
					t.Fatal(err)
				}
				if filepath.Base(f) == c.file {
					text = []byte(strings.Replace(string(text), c.from, c.to, 1))
				}
				if err := os.WriteFile(filepath.Join(dir, filepath.Base(f)), text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if _, err := Load(dir); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
	if _, err := Load(t.TempDir()); err == nil {
		t.Error("an empty folder is a corpus")
	}
}
