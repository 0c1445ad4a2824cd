package puppet

import "math/rand/v2"

// Looks that go well together; NewLook mixes the people from them.
var (
	skins   = [...]Colour{{255, 219, 186}, {244, 196, 156}, {222, 166, 122}, {186, 126, 84}, {142, 92, 62}, {106, 68, 48}}
	hairs   = [...]Colour{{48, 36, 32}, {92, 58, 36}, {150, 98, 52}, {224, 176, 96}, {178, 78, 44}, {30, 28, 36}, {120, 84, 140}}
	outfits = [...][2]Colour{
		{{228, 74, 88}, {255, 226, 120}}, {{46, 136, 196}, {246, 246, 240}}, {{250, 178, 56}, {196, 72, 92}},
		{{64, 164, 118}, {244, 236, 190}}, {{150, 92, 200}, {255, 190, 214}}, {{240, 122, 160}, {250, 240, 230}},
		{{36, 170, 176}, {255, 206, 120}}, {{236, 236, 232}, {230, 84, 72}},
	}
	trousers = [...]Colour{{58, 74, 112}, {74, 70, 84}, {112, 92, 74}, {44, 60, 72}, {98, 110, 128}}
	shoes    = [...]Colour{{240, 240, 236}, {232, 92, 76}, {60, 60, 70}, {250, 206, 92}}
)

// NewLook is one of many people; the same seed is the same person.
func NewLook(seed uint64) Look {
	r := rand.New(rand.NewPCG(seed, 0x6c6f6f6b))
	skin, hair := r.IntN(len(skins)), r.IntN(len(hairs))
	if skin > 2 { // fair hair on dark skin is rare
		hair = [...]int{0, 1, 5}[hair%3]
	}
	outfit := outfits[r.IntN(len(outfits))]
	cut := [...]Hair{Short, Long, Fringe, Short, Long, Curly, Fringe, Curly}[r.IntN(8)]
	return Look{
		Skin: skins[skin], Hair: hairs[hair], Shirt: outfit[0], Trim: outfit[1],
		Trousers: trousers[r.IntN(len(trousers))], Shoes: shoes[r.IntN(len(shoes))], Cut: cut,
	}
}
