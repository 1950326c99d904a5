package corpus

import (
	"fmt"
	"hash/fnv"
	"maps"
	"math"
	"math/rand/v2"
	"regexp"
	"slices"
)

// Item is one scene as it is planned; Maker.Make makes it sound.
type Item struct {
	ID        string
	Class     Class
	Part      Part
	Condition Condition
	Language  string // en or zh
	Voice     Voice
	Text      string // with pauses in braces, {300-900} milliseconds
	Noise     string // family, "" in a clean place
	Burst     string // family, in classes of bursts
	Phase     string // of the robot's line, in classes of interruptions
	seed      uint64
}

// Items draws the scenes of a part. Each depends on its own number alone, so
// that more of them change nothing of those that were there.
func (p *Plan) Items(part Part) []Item {
	var items []Item
	for _, c := range p.Classes {
		for i := range c.Count[part] {
			items = append(items, p.item(part, c, i))
		}
	}
	return items
}

// zhEvery: each so many of a class with Chinese texts is Chinese.
const zhEvery = 10

func (p *Plan) item(part Part, c Class, i int) Item {
	it := Item{ID: fmt.Sprintf("%s/%s/%04d", part, c.Name, i), Class: c, Part: part, Language: "en"}
	h := fnv.New64a()
	fmt.Fprint(h, it.ID)
	it.seed = p.Seed ^ h.Sum64()
	d := it.dice()
	it.Condition = p.condition(d)
	if it.Condition.Name != "clean" || c.Is == "noise" {
		it.Noise = pick(d, sortedKeys(p.Noises[part]))
	}
	lists := p.Texts[part][c.Texts]
	n := i // of its language
	if i%zhEvery == zhEvery-1 && len(lists["zh"]) > 0 {
		it.Language, n = "zh", i/zhEvery
	}
	speakers := slices.DeleteFunc(slices.Clone(p.Voices[part]), func(v Voice) bool { return v.Language != it.Language })
	it.Voice = pick(d, speakers)
	if texts := lists[it.Language]; len(texts) > 0 {
		it.Text = p.fill(d, part, texts[n%len(texts)])
	}
	if c.Is == "burst" {
		names := sortedKeys(p.Bursts[part])
		it.Burst = names[i%len(names)]
	}
	if len(c.Phases) > 0 {
		it.Phase = pick(d, c.Phases)
	}
	return it
}

// tags name what an item is made of.
func (it Item) tags() []string {
	tags := []string{"voice " + it.Voice.Name}
	for _, t := range [][2]string{{"noise ", it.Noise}, {"burst ", it.Burst}, {"phase ", it.Phase}} {
		if t[1] != "" {
			tags = append(tags, t[0]+t[1])
		}
	}
	return tags
}

// dice are the item's own, and fall alike each time.
func (it Item) dice() dice { return dice{rand.New(rand.NewPCG(it.seed, 1))} }

func (p *Plan) condition(d dice) Condition {
	sum := 0
	for _, c := range p.Conditions {
		sum += c.Weight
	}
	n := d.IntN(sum)
	for _, c := range p.Conditions {
		if n -= c.Weight; n < 0 {
			return c
		}
	}
	return p.Conditions[0]
}

var slot = regexp.MustCompile(`\$[a-z]+`)

// fill puts words into a text's slots.
func (p *Plan) fill(d dice, part Part, text string) string {
	return slot.ReplaceAllStringFunc(text, func(name string) string {
		words := p.Slots[part][name[1:]]
		if len(words) == 0 {
			return name
		}
		return pick(d, words)
	})
}

func pick[T any](d dice, of []T) T { return of[d.IntN(len(of))] }

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }

// Choose returns the items whose name fits, and of them n that stand for all
// (0: all of them), in their order.
func Choose(items []Item, name *regexp.Regexp, n int) []Item {
	items = slices.DeleteFunc(slices.Clone(items), func(it Item) bool { return !name.MatchString(it.ID) })
	if n <= 0 || n >= len(items) {
		return items
	}
	chosen := make([]Item, n)
	for i := range chosen {
		// Each class has as many of them as is its due; an even step would
		// meet the same text again and again.
		_, off := math.Modf(float64(i) * math.Phi)
		chosen[i] = items[int((float64(i)+off)*float64(len(items))/float64(n))]
	}
	return chosen
}
