--- The settings: `tollgate.*` of the server one to one, plus what only this editor has.
local M = {}

local function one_of(...)
  local allowed = { ... }
  return function(value)
    return vim.list_contains(allowed, value), 'one of ' .. table.concat(allowed, ', ')
  end
end

local function is(kind)
  return function(value)
    return type(value) == kind, 'a ' .. kind
  end
end

local function argv(value)
  local good = vim.islist(value) and #value > 0
  for _, word in ipairs(good and value or {}) do
    good = good and type(word) == 'string'
  end
  return good, 'a list of strings, the program first'
end

local function sign_texts(value)
  if value == false then
    return true
  end
  local good = type(value) == 'table'
  for name, text in pairs(good and value or {}) do
    good = good
      and vim.list_contains({ 'error', 'warn', 'info', 'hint' }, name)
      and type(text) == 'string'
      and vim.fn.strdisplaywidth(text) <= 2
  end
  return good, 'false, or texts of at most two cells for error, warn, info and hint'
end

--- Dotted name → check and default. `server`: sent to the server as `tollgate.<name>`.
local known = {
  ['cmd'] = { check = argv },
  ['signs'] = { check = sign_texts, default = { error = 'X', warn = '!', info = '?', hint = '*' } },
  ['serverPath'] = { check = is('string'), default = '', server = true },
  ['trace.server'] = { check = one_of('off', 'messages', 'verbose'), default = 'off', server = true },
  ['diagnostics.run'] = { check = one_of('onType', 'onSave', 'off'), default = 'onType', server = true },
  ['inlayHints.enable'] = { check = is('boolean'), default = true, server = true },
  ['codeLens.enable'] = { check = is('boolean'), default = true, server = true },
  ['logFile'] = { check = is('string'), default = '', server = true },
}

local chosen = {}

local function complain(message)
  vim.notify('tollgate: ' .. message, vim.log.levels.WARN)
end

--- @param options table nested (`{ trace = { server = 'off' } }`) or dotted (`{ ['trace.server'] = 'off' }`)
function M.set(options)
  local function take(name, value)
    local rule = known[name]
    if rule then
      local good, wanted = rule.check(value)
      if good then
        chosen[name] = value
      else
        complain(('setting %s must be %s'):format(name, wanted))
      end
    elseif type(value) == 'table' and not vim.islist(value) then
      for key, inner in pairs(value) do
        take(name .. '.' .. tostring(key), inner)
      end
    else
      complain(('there is no setting %s, see :help tollgate-settings'):format(name))
    end
  end
  for key, value in pairs(options) do
    take(tostring(key), value)
  end
end

--- @param name string dotted
function M.get(name)
  if chosen[name] ~= nil then
    return chosen[name]
  end
  return known[name].default
end

--- The part the server asks for, as the object behind section `tollgate`.
function M.for_server()
  local section = {}
  for name, rule in pairs(known) do
    if rule.server then
      local inside, path = section, vim.split(name, '.', { plain = true })
      for index = 1, #path - 1 do
        inside[path[index]] = inside[path[index]] or {}
        inside = inside[path[index]]
      end
      inside[path[#path]] = M.get(name)
    end
  end
  return section
end

return M
