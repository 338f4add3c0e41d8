-- Extends a lease; tells what became of the claim. id, worker, attempt
local id, worker = ARGV[2], ARGV[3]
if holds(id, worker, ARGV[4]) then
  local found = call('HMGET', job(id), 'model', 'entry')
  call('XCLAIM', runs(found[1]), GROUP, worker, 0, found[2], 'TIME', now, 'RETRYCOUNT', ARGV[4], 'JUSTID')
  return 'HELD'
end
return call('HGET', job(id), 'state') == 'CANCELLED' and 'CANCELLED' or 'LOST'
