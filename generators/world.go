package generators

import (
	"embed"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"

	"github.com/brianvoe/gofakeit/v7"

	"github.com/hookrig/hookrig/schemas"
)

//go:embed data/*.json
var data embed.FS

// languages of the texts; a tenant's customers write in one of them.
const (
	spanish = iota
	english
	languages
)

// poolSize is how many lifelike values of a kind are drawn when the generator is made.
const poolSize = 512

// world is what lifelike values are taken from: drawn once, then read-only. Texts are stored escaped,
// as the inside of a JSON string.
type world struct {
	style    schemas.BodyStyle
	people   [languages][]person
	lines    map[string]*pool // by kind of text
	nested   map[string]*pool // the same, to stand in a JSON text inside a string
	spots    [languages][]spot
	zones    []zone
	language []int // of each zone
	phones   phoneBook

	vocabulary map[string]value // x-gen
}

// pool is the texts of a kind in each language.
type pool [languages][][]byte

// person is one made-up customer.
type person struct {
	first, last, full []byte
	user              []byte // lower-case ASCII letters and a dot
}

// spot is a place with its coordinates.
type spot struct {
	place, address, latitude, longitude []byte
}

// zone is a time zone without daylight saving.
type zone struct {
	Name          string `json:"name"`
	OffsetMinutes int64  `json:"offset_minutes"`
	Language      string `json:"language"`
}

// table is one language's data file.
type table struct {
	FirstNames  []string    `json:"first_names"`
	LastNames   []string    `json:"last_names"`
	Companies   []string    `json:"companies"`
	Chats       [][2]string `json:"chats"`
	Labels      []string    `json:"labels"`
	Titles      []string    `json:"titles"`
	Sentences   []string    `json:"sentences"`
	Groups      []string    `json:"groups"`
	Places      [][4]any    `json:"places"`
	Autoreplies [][3]string `json:"autoreplies"`
	Files       []string    `json:"files"`
}

// newWorld draws the pools. Its values depend on the seed alone.
func newWorld(seed uint64, phones string, style schemas.BodyStyle) (*world, error) {
	w := &world{style: style, vocabulary: gens(), lines: map[string]*pool{}, nested: map[string]*pool{}}
	faker := gofakeit.NewFaker(rand.NewPCG(seed, 0x776f726c64), false)
	for language, name := range []string{"es", "en"} {
		var t table
		if err := readData(name+".json", &t); err != nil {
			return nil, err
		}
		w.draw(language, &t, faker)
	}
	var zones struct {
		Source string `json:"source"`
		Zones  []zone `json:"zones"`
	}
	if err := readData("zones.json", &zones); err != nil {
		return nil, err
	}
	w.zones = zones.Zones
	for _, z := range w.zones {
		w.language = append(w.language, strings.Index("es en", z.Language)/3)
	}
	return w, w.phones.load(phones)
}

func readData(name string, into any) error {
	text, err := data.ReadFile("data/" + name)
	if err == nil {
		err = json.Unmarshal(text, into)
	}
	if err != nil {
		return fmt.Errorf("read table %q: %w", name, err)
	}
	return nil
}

// draw fills the pools of one language: from its own table, and from the faker what the table lacks.
func (w *world) draw(language int, t *table, faker *gofakeit.Faker) {
	pick := func(list []string, otherwise func() string) string {
		if len(list) == 0 {
			return otherwise()
		}
		return list[faker.Uint64()%uint64(len(list))]
	}
	companies := make([]string, 0, poolSize)
	for range poolSize {
		first, last := pick(t.FirstNames, faker.FirstName), pick(t.LastNames, faker.LastName)
		w.people[language] = append(w.people[language], person{
			first: w.escape(first), last: w.escape(last), full: w.escape(first + " " + last),
			user: []byte(plain(first) + "." + plain(last)),
		})
		companies = append(companies, pick(t.Companies, faker.Company))
	}
	add := func(kind string, texts ...string) {
		if w.lines[kind] == nil {
			w.lines[kind], w.nested[kind] = &pool{}, &pool{}
		}
		lines, nested := &w.lines[kind][language], &w.nested[kind][language]
		for _, text := range texts {
			escaped := w.escape(text)
			*lines, *nested = append(*lines, escaped), append(*nested, w.escape(string(escaped)))
		}
	}
	add("company", companies...)
	add("label", t.Labels...)
	add("title", t.Titles...)
	add("sentence", t.Sentences...)
	add("group", t.Groups...)
	add("file", t.Files...)
	for _, pair := range t.Chats {
		add("chat", pair[0])
		add("reply", pair[1])
	}
	for _, rule := range t.Autoreplies {
		add("rule name", rule[0])
		add("rule trigger", rule[1])
		add("rule text", rule[2])
	}
	for _, p := range t.Places {
		w.spots[language] = append(w.spots[language], spot{
			place: w.escape(p[0].(string)), address: w.escape(p[1].(string)),
			latitude: fmt.Append(nil, p[2]), longitude: fmt.Append(nil, p[3]),
		})
	}
}

func (w *world) escape(text string) []byte { return appendEscaped(nil, text, w.style) }

// spell writes a JSON value minified, the way the provider spells texts.
func (w *world) spell(raw json.RawMessage) []byte {
	t, err := parseTree(raw)
	if err != nil {
		return raw
	}
	t.walk(func(t *tree) {
		if t.kind == '"' {
			t.raw = append(append([]byte{'"'}, w.escape(t.text())...), '"')
		}
		for i := range t.members {
			if t.kind == '{' {
				t.members[i].spelled = append(append([]byte{'"'}, w.escape(t.members[i].name)...), '"')
			}
		}
	})
	return t.append(nil)
}

// plain spells a name in lower-case ASCII letters.
func plain(name string) string {
	fold := strings.NewReplacer("á", "a", "é", "e", "í", "i", "ó", "o", "ú", "u", "ü", "u", "ñ", "n")
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, fold.Replace(strings.ToLower(name)))
}
