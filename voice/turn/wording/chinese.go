package wording

import (
	"strings"
	"unicode"
)

// Chinese is written without spaces: its words are its characters, and the
// tables hold what a text ends with.
var chinese = language{
	trailing:         set("和 跟 或 但 因 如 把 被 给 在 从 对 向 为 的 是 我 你 他 她 很 想 要 用 到 不 一 这 那 个"),
	trailingTwo:      set("因_为 如_果 但_是 所_以 而_且 或_者 还_有 然_后 那_个 这_个 就_是 可_是 我_想 我_要 比_如"),
	fillers:          set("嗯 呃 啊 额 哦"),
	spelled:          set("零 一 二 三 四 五 六 七 八 九 十 幺 两 点"),
	answers:          set("是 是_的 不 不_是 没 没_有 没_错 好 好_的 可_以 行 对 不_对 不_行 谢_谢 喂 你_好 停 错_了 够_了"),
	acknowledgements: set("嗯 噢 哦 啊 是 对 好 好_的 是_的 明_白 知_道 行 嗯_嗯"),
	questions:        set(""),
	minimum:          4,
	split:            characters,
}

// characters are the signs of a text; words in other scripts stay whole.
func characters(text string) (list []string) {
	var word strings.Builder
	flush := func() {
		if word.Len() > 0 {
			list = append(list, strings.ToLower(word.String()))
			word.Reset()
		}
	}
	for _, r := range text {
		switch {
		case unicode.Is(unicode.Han, r):
			flush()
			list = append(list, string(r))
		case unicode.IsLetter(r) || unicode.IsDigit(r):
			word.WriteRune(r)
		default:
			flush()
		}
	}
	flush()
	return list
}
