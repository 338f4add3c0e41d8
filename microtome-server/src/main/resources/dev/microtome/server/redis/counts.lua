-- Model, how many wait, how many run; for each model.
local counts = {}
for _, model in ipairs(call('SMEMBERS', P .. 'models')) do
  counts[#counts + 1] = {model, tostring(call('ZCARD', P .. 'waiting:' .. model)), tostring(call('XLEN', runs(model)))}
end
return counts
