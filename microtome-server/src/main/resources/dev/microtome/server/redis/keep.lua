-- Makes a draft the result of a job unless there is no room. id, owner, draft, bytes, most of an owner, most of all
local id, owner, draft = ARGV[2], ARGV[3], P .. 'draft:' .. ARGV[4]
local function sum(key)
  local bytes = 0
  local all = call('HGETALL', key)
  for i = 1, #all, 2 do
    if all[i] ~= id then bytes = bytes + all[i + 1] end
  end
  return bytes
end
if call('EXISTS', draft) == 0 then
  return call('HGET', P .. 'results', id) == ARGV[5] and 'kept' or 'lost' -- asked twice, or too late
end
local own, all = sum(P .. 'results-of:' .. owner) + ARGV[5], sum(P .. 'results') + ARGV[5]
if own > tonumber(ARGV[6]) or all > tonumber(ARGV[7]) then
  call('DEL', draft)
  return own > tonumber(ARGV[6]) and 'share' or 'full'
end
call('PERSIST', draft)
call('RENAME', draft, P .. 'result:' .. id)
call('HSET', P .. 'results-of:' .. owner, id, ARGV[5])
call('HSET', P .. 'results', id, ARGV[5])
return 'kept'
