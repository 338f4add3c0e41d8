-- Makes a draft the result of a job as long as the claim holds it, unless there is no room.
-- id, worker, attempt, owner, draft, bytes, most of an owner, most of all
local id, owner, draft, bytes = ARGV[2], ARGV[5], P .. 'draft:' .. ARGV[6], ARGV[7]
if not holds(id, ARGV[3], ARGV[4]) then
  call('DEL', draft)
  return 'late'
end
local function sum(key)
  local taken = 0
  local all = call('HGETALL', key)
  for i = 1, #all, 2 do
    if all[i] ~= id then taken = taken + all[i + 1] end
  end
  return taken
end
if call('EXISTS', draft) == 0 then
  return call('HGET', P .. 'results', id) == bytes and 'kept' or 'lost' -- asked twice, or too late
end
local own, all = sum(P .. 'results-of:' .. owner) + bytes, sum(P .. 'results') + bytes
if own > tonumber(ARGV[8]) or all > tonumber(ARGV[9]) then
  call('DEL', draft)
  return own > tonumber(ARGV[8]) and 'share' or 'full'
end
call('PERSIST', draft)
call('RENAME', draft, P .. 'result:' .. id)
call('HSET', P .. 'results-of:' .. owner, id, bytes)
call('HSET', P .. 'results', id, bytes)
return 'kept'
