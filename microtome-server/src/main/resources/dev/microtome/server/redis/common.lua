-- What every script begins with. ARGV[1] is the time in milliseconds, or empty for Redis' own clock, which all machines share.
local P = 'microtome:'
local GROUP = 'workers'
local FINAL = {COMPLETED = true, FAILED = true, CANCELLED = true}
local call = redis.call

local function clock()
  local t = call('TIME')
  return t[1] * 1000 + math.floor(t[2] / 1000)
end

local now = ARGV[1] == '' and clock() or tonumber(ARGV[1])

local function job(id) return P .. 'job:' .. id end

-- The stream of the jobs of a model that run; its pending entries are the leases.
local function runs(model) return P .. 'running:' .. model end

local function event(id, kind, text)
  local number = call('HINCRBY', job(id), 'events', 1)
  call('XADD', P .. 'events:' .. id, number .. '-0', 'at', now, kind, text)
end

local function changed(id)
  call('XADD', P .. 'changes', 'MAXLEN', '~', 10000, '*', 'job', id, 'state', call('HGET', job(id), 'state'))
end

local function holds(id, worker, attempt)
  local found = call('HMGET', job(id), 'state', 'worker', 'attempts')
  return found[1] == 'RUNNING' and found[2] == worker and found[3] == attempt
end

-- Ends a job unless it has ended. `more` are fields that tell how.
local function finish(id, state, more)
  local found = call('HMGET', job(id), 'state', 'model', 'owner', 'entry')
  if not found[1] or FINAL[found[1]] then return false end
  call('ZREM', P .. 'waiting:' .. found[2], id)
  call('SREM', P .. 'waiting-of:' .. found[3], id)
  call('SREM', P .. 'running-of:' .. found[3], id)
  if found[4] then
    call('XACK', runs(found[2]), GROUP, found[4])
    call('XDEL', runs(found[2]), found[4])
  end
  call('DEL', P .. 'payload:' .. id)
  call('HDEL', job(id), 'worker', 'entry')
  call('HSET', job(id), 'state', state, 'ended', now, unpack(more))
  call('ZADD', P .. 'ended', now, id)
  event(id, 'state', state)
  changed(id)
  return true
end

-- Lets any worker take a job that runs: its lease ended in 1970.
local function free(id, attempts)
  local found = call('HMGET', job(id), 'model', 'entry')
  call('HSET', job(id), 'attempts', attempts)
  call('HDEL', job(id), 'worker', 'nonce')
  call('XCLAIM', runs(found[1]), GROUP, 'nobody', 0, found[2], 'TIME', 0, 'RETRYCOUNT', attempts, 'JUSTID')
  changed(id)
end

-- The jobs of a model that run: {id, entry, when the lease began}.
local function leases(model, consumer)
  local stream = runs(model)
  if call('EXISTS', stream) == 0 then return {} end
  local pending = consumer and call('XPENDING', stream, GROUP, '-', '+', 1000, consumer)
    or call('XPENDING', stream, GROUP, '-', '+', 10000)
  local at, all = clock(), {}
  for _, one in ipairs(pending) do
    local entry = call('XRANGE', stream, one[1], one[1])[1]
    if entry then all[#all + 1] = {id = entry[2][2], entry = one[1], since = at - one[3]} end
  end
  return all
end

-- The waiting jobs of a model in the order they would be served: owners in a circle, the one served longest ago first;
-- of each owner the highest priority, then the oldest, and no more than may run.
local function order(model, most)
  local owners, byOwner = {}, {}
  for _, id in ipairs(call('ZRANGE', P .. 'waiting:' .. model, 0, -1)) do
    local found = call('HMGET', job(id), 'owner', 'priority', 'sequence')
    local owner = found[1]
    if not byOwner[owner] then
      byOwner[owner] = {}
      owners[#owners + 1] = {owner, tonumber(call('HGET', P .. 'served', owner) or '0')}
    end
    table.insert(byOwner[owner], {id = id, owner = owner, priority = tonumber(found[2]), sequence = tonumber(found[3])})
  end
  local longest = 0
  for owner, jobs in pairs(byOwner) do
    table.sort(jobs, function(a, b)
      if a.priority ~= b.priority then return a.priority > b.priority end
      return a.sequence < b.sequence
    end)
    local room = most and math.max(0, most - call('SCARD', P .. 'running-of:' .. owner)) or #jobs
    for i = #jobs, room + 1, -1 do jobs[i] = nil end
    longest = math.max(longest, #jobs)
  end
  table.sort(owners, function(a, b)
    if a[2] ~= b[2] then return a[2] < b[2] end
    return a[1] < b[1]
  end)
  local ordered = {}
  for round = 1, longest do
    for _, owner in ipairs(owners) do
      local one = byOwner[owner[1]][round]
      if one then ordered[#ordered + 1] = one end
    end
  end
  return ordered
end

-- A job as a flat list of its fields, with its place among those that wait; `orders` remembers what was worked out.
local function present(id, orders)
  local fields = call('HGETALL', job(id))
  if #fields == 0 then return false end
  local found = call('HMGET', job(id), 'state', 'model')
  if found[1] == 'QUEUED' then
    orders[found[2]] = orders[found[2]] or order(found[2])
    for place, one in ipairs(orders[found[2]]) do
      if one.id == id then
        fields[#fields + 1] = 'position'
        fields[#fields + 1] = tostring(place - 1)
      end
    end
  end
  return fields
end
