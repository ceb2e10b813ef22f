--- Human gates: approve or reject what waits for a person. What is decided is shown before the reason is asked, and the
--- answer carries the nonce that came with exactly that text.
local scratch = require('tollgate.scratch')
local server = require('tollgate.server')

local M = {}

local words = { APPROVED = 'Approve', REJECTED = 'Reject' }

local function decide(client, gate, decision, reason)
  local argument = {
    root = gate.root,
    ticket = gate.ticket,
    pass = gate.pass,
    decision = decision,
    reason = reason,
    nonce = gate.nonce,
  }
  server.execute(client, 'tollgate.decide', argument, function()
    server.notify(('%s of %s: %s'):format(gate.pass, gate.ticket, decision:lower()))
  end)
end

local function ask(client, gate, decision)
  local buffer = scratch.show(client, ('gate/%s/%s'):format(gate.ticket, gate.pass), gate.markdown)
  vim.cmd.redraw() -- the text is to be seen while the reason is typed
  local optional = decision == 'APPROVED' and ' (may stay empty)' or ''
  vim.ui.input({ prompt = ('%s %s of %s, reason%s: '):format(words[decision], gate.pass, gate.ticket, optional) }, function(reason)
    if reason == nil then
      server.notify('nothing was decided')
    elseif decision == 'REJECTED' and vim.trim(reason) == '' then
      server.notify('a rejection needs a reason; nothing was decided', vim.log.levels.WARN)
    else
      decide(client, gate, decision, vim.trim(reason))
      if vim.api.nvim_buf_is_valid(buffer) then
        vim.api.nvim_buf_delete(buffer, { force = true })
      end
    end
  end)
end

--- @param client vim.lsp.Client
--- @param decision 'APPROVED'|'REJECTED'
--- @param wanted {root?: string, ticket?: string, pass?: string} which gate, if several wait
function M.decide(client, decision, wanted)
  server.request(client, 'tollgate/pendingGates', { root = wanted.root }, function(gates)
    gates = vim.tbl_filter(function(gate)
      -- money that nobody approves needs no decision: only a gate can be rejected
      local fits = decision == 'APPROVED' or gate.kind ~= 'budget'
      return fits and (not wanted.ticket or wanted.ticket == gate.ticket) and (not wanted.pass or wanted.pass == gate.pass)
    end, gates or {})
    if #gates == 0 then
      server.notify('no gate waits for a person here')
    elseif #gates == 1 then
      ask(client, gates[1], decision)
    else
      vim.ui.select(gates, {
        prompt = words[decision] .. ' which gate?',
        format_item = function(gate)
          return (('%s %s: %s'):format(gate.ticket, gate.pass, gate.title):gsub('%c', ' '))
        end,
      }, function(gate)
        if gate then
          ask(client, gate, decision)
        end
      end)
    end
  end)
end

return M
