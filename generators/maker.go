package generators

// scopes is how many variables' scopes a thread of a life can hold at once, and how deep its loops and
// lets may nest.
const scopes = 8

// maker makes one message: where it stands, and its chances. It lives on the stack.
type maker struct {
	world  *world
	tenant uint64 // number of the tenant
	life   uint64
	now    int64 // Unix milliseconds
	start  int64 // of the virtual clock
	item   int   // index in the outermost array
	depth  int   // of arrays

	seedKey, runKey     uint64 // of the whole generator
	lifeShape, lifeSalt uint64
	shapeKey, saltKey   uint64 // of the message
	shape, salt         dice
	regs                [scopes]uint64 // of a journey
	dates               calendar
	dialled             dialled
	edits               uint64  // how often each editable variable has changed, a byte each
	forced              []int16 // decision → option; nil or -1: by chance
	trace               []int16 // decision → option taken; nil: not wanted
}

// place sets where the message stands; tenants is how many there are.
func (m *maker) place(seedKey, runKey uint64, c Coordinate, tenants uint64) {
	m.seedKey, m.runKey = seedKey, runKey
	m.life = c.Life
	m.tenant = tenantOf(c.Life, tenants)
	m.lifeShape, m.lifeSalt = join(seedKey, c.Life), join(runKey, c.Life)
	m.step(c.Step)
}

// tenantOf is the tenant of a life.
func tenantOf(life, tenants uint64) uint64 { return mix(life^0x74656e616e74) % tenants }

// step moves on to another message of the life.
func (m *maker) step(step uint64) {
	m.shapeKey, m.saltKey = join(m.lifeShape, step+1), join(m.lifeSalt, step+1)
	m.shape.seed(m.shapeKey)
	m.salt.seed(m.saltKey)
}

// language is that of the tenant's customers.
func (m *maker) language() int { return m.world.language[m.tenant%uint64(len(m.world.zones))] }

// keys are what a value is made from: two keys, one of which the run id salts, and when the variable
// came to be.
type keys struct {
	shape, salt uint64
	born        int64 // Unix milliseconds
	number      uint64
	use         phoneUse
}

// owner says what a variable belongs to.
type owner uint8

const (
	ofPlace   owner = iota // nothing: each place has a value of its own
	ofMessage              // the message
	ofLife                 // the life
	ofTenant               // the tenant
	ofScope                // a let of a journey
)

// source says where a value's keys come from. Places with the same source have the same value.
type source struct {
	owner   owner
	stays   bool   // an edit changes what identifies, not whose it is: an e-mail address keeps its name
	perItem bool   // differs from item to item of a batch
	first   bool   // the contact of the life: its phone is the life's number
	edit    int8   // byte of maker.edits; -1: never edited
	scope   uint8  // register, for ofScope and for the choice among a tenant's
	among   uint32 // how many of these the tenant has; 0 or 1: one
	site    uint64 // hash of the variable's name; 0 for ofPlace
}

// keys finds what a value is made from. Of the two keys it fills in those that are wanted.
func (m *maker) keys(s *source, wantShape, wantSalt bool) (k keys) {
	k.born, k.use = m.now, phoneOfAny
	shape, salt, with := m.lifeShape, m.lifeSalt, uint64(0)
	switch s.owner {
	case ofPlace:
		if wantShape {
			k.shape = m.shape.pcg.Uint64()
		}
		if wantSalt {
			k.salt = m.salt.pcg.Uint64()
		}
		return k
	case ofMessage:
		shape, salt = m.shapeKey, m.saltKey
	case ofTenant:
		k.born, k.number = m.start, m.owned(s)
		shape, salt, with = m.seedKey, m.runKey, ^k.number
	case ofScope:
		with = m.regs[s.scope]
		k.born = m.start + int64(with>>bornShift)
	}
	part := s.owner == ofTenant || s.owner == ofScope
	if wantShape {
		if part {
			shape = join(shape, with)
		}
		k.shape = join(shape, s.site)
	}
	if wantSalt {
		if part {
			salt = join(salt, with)
		}
		k.salt = join(salt, s.site)
	}
	m.phoneOf(s, &k)
	if s.perItem && m.item > 0 {
		k.shape, k.salt = join(k.shape, uint64(m.item)), join(k.salt, uint64(m.item))
		k.use = phoneOfAny
	}
	if s.edit >= 0 {
		m.edited(s, &k)
	}
	return k
}

// owned is the number of a tenant's variable: among all tenants' where each has several.
func (m *maker) owned(s *source) uint64 {
	if s.among <= 1 {
		return m.tenant
	}
	among := uint64(s.among)
	return m.tenant*among + share(mix(m.regs[s.scope]^s.site), among)
}

// phoneOf says whose phone it is.
func (m *maker) phoneOf(s *source, k *keys) {
	switch {
	case s.owner == ofTenant:
		k.use = phoneOfTenant
	case s.first:
		k.use, k.number = phoneOfLife, m.life
	case s.owner == ofLife || s.owner == ofScope:
		k.use = phoneOfNone
	}
}

// edited moves the keys on by as often as the variable has been edited.
func (m *maker) edited(s *source, k *keys) {
	n := m.edits >> (8 * uint(s.edit)) & 0xff
	if n == 0 {
		return
	}
	if k.salt = join(k.salt, n<<32); !s.stays {
		k.shape = join(k.shape, n<<32)
	}
	k.use = phoneOfNone
}

// bornShift: a scope register holds when it was let, in milliseconds since the start, above so many
// bits that tell it from others of that instant.
const bornShift = 24
