-- A fresh random event for each request, signed with HMAC-SHA256 by libcrypto.
local ffi = require("ffi")
ffi.cdef [[
typedef struct evp_md_st EVP_MD;
const EVP_MD *EVP_sha256(void);
unsigned char *HMAC(const EVP_MD *md, const void *key, int key_size,
                    const unsigned char *text, size_t text_size, unsigned char *sum, unsigned int *sum_size);
]]
local crypto
for _, name in ipairs({"crypto.so.3", "libcrypto.so.3", "crypto"}) do
  local found, library = pcall(ffi.load, name)
  if found then crypto = library break end
end
assert(crypto, "no libcrypto")

local sha256, key = crypto.EVP_sha256(), "hookrig-peers"
local sum, size = ffi.new("unsigned char[32]"), ffi.new("unsigned int[1]")
local hex = {}
for i = 0, 255 do hex[i] = string.format("%02x", i) end
local parts, random, format = {}, math.random, string.format
local names = {"Ada Lovelace", "Grace Hopper", "Alan Turing", "Edsger Dijkstra"}

local function sign(body)
  crypto.HMAC(sha256, key, #key, body, #body, sum, size)
  for i = 0, 31 do parts[i + 1] = hex[sum[i]] end
  return table.concat(parts)
end

local function event()
  local n = random(1, 999999999)
  return format('{"id":"evt_%09d%09d","type":"message.received","created_at":"2026-01-05T12:%02d:%02d.%03dZ",' ..
    '"workspace_id":"f2bc2d13-d5a4-49dd-99fe-%012d","data":{"messageId":"wamid.%09d%09d%09d","conversationId":"chat_%09d",' ..
    '"contactId":"contact_%09d","direction":"inbound","type":"text","from":"+35320%07d","contactName":"%s",' ..
    '"text":"Hello, is my order %d on its way? It should have been here %d days ago, thank you!","timestamp":"%d"}}',
    n, random(1, 999999999), random(0, 59), random(0, 59), random(0, 999), n, n, random(1, 999999999), random(1, 999999999), n,
    random(1, 999999999), random(1, 9999999), names[random(1, 4)], n, random(1, 30), 1767614400 + n)
end

local headers = {["Content-Type"] = "application/json", ["X-Event"] = "message.received"}

function request()
  local body = event()
  headers["X-Signature"] = sign(body)
  return wrk.format("POST", nil, headers, body)
end
