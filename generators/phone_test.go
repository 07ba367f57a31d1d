package generators_test

import (
	"strings"
	"testing"

	"github.com/hookrig/hookrig/generators"
)

// reserved are the beginnings of the numbers that are set aside for fiction, and of the country code
// that nobody has; written apart from data/phones.json.
func reserved(phone string) bool {
	if strings.HasPrefix(phone, "+1") {
		return len(phone) == 12 && strings.HasPrefix(phone[5:], "55501")
	}
	for _, prefix := range []string{
		"+44", "+33199", "+33261", "+33353", "+33465", "+33536", "+33639", "+35320", "+61", "+49", "+210",
	} {
		if strings.HasPrefix(phone, prefix) {
			return true
		}
	}
	return false
}

// TestPhonesAreNobodys: contacts have numbers of their own, from the reserved ranges and past them.
func TestPhonesAreNobodys(t *testing.T) {
	t.Parallel()
	_, g := builtin(t, "watsi")
	seen, overflow := map[any]uint64{}, 0
	for life := uint64(0); life < 400_000; life += 1 + life/2000 {
		phone := data(t, g, "contact.created", generators.Coordinate{Life: life})["phone"]
		if before, twice := seen[phone]; twice {
			t.Fatalf("lives %d and %d both have %v", before, life, phone)
		}
		seen[phone] = life
		if !reserved(phone.(string)) {
			t.Fatalf("life %d has %v, which may be somebody's", life, phone)
		}
		if strings.HasPrefix(phone.(string), "+210") {
			overflow++
		}
	}
	if overflow == 0 || overflow == len(seen) {
		t.Errorf("%d of %d numbers are past the reserved ranges", overflow, len(seen))
	}
}

func TestOwnPhonePrefix(t *testing.T) {
	c, _ := builtin(t, "watsi")
	g, err := generators.New(c, generators.Config{Phones: "+999"})
	if err != nil {
		t.Fatal(err)
	}
	for life := range uint64(200) {
		if phone := data(t, g, "contact.created", generators.Coordinate{Life: life})["phone"].(string); !strings.HasPrefix(phone, "+999") || len(phone) != 13 {
			t.Fatalf("life %d has %s", life, phone)
		}
	}
	for _, bad := range []string{"+", "0", "abc", "+0123", "1234567890123"} {
		if _, err := generators.New(c, generators.Config{Phones: bad}); err == nil {
			t.Errorf("New takes the phone prefix %q", bad)
		}
	}
}
