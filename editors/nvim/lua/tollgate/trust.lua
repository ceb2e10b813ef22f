--- Trust in what a repository may run. View before allow: `:TollgateAllow` exists only in the buffer that shows the plan
--- and answers with the hash and the nonce of exactly that plan; it is gone when the buffer is.
local scratch = require('tollgate.scratch')
local server = require('tollgate.server')

local M = {}

local function text(plan, line)
  return table.concat({ line, '', plan.markdown, '', 'Plan ' .. plan.hash }, '\n')
end

local function offer(client, buffer, plan)
  vim.api.nvim_buf_create_user_command(buffer, 'TollgateAllow', function()
    local answer = { root = plan.root, hash = plan.hash, nonce = plan.nonce }
    server.request(client, 'tollgate/trustAllow', answer, function(result)
      if vim.api.nvim_buf_is_valid(buffer) then
        pcall(vim.api.nvim_buf_del_user_command, buffer, 'TollgateAllow')
      end
      scratch.replace(buffer, text(plan, ('Now %s. `:Tollgate revoke` takes it back.'):format(result.state)))
      server.notify(('%s is now %s'):format(vim.fn.fnamemodify(plan.root, ':~'), result.state))
    end)
  end, { desc = 'Allow exactly the plan shown here' })
end

--- @param client vim.lsp.Client
--- @param root? string
function M.review(client, root)
  server.request(client, 'tollgate/trustPlan', { root = root }, function(plan)
    local reviewed = plan.state == 'reviewed'
    local line = reviewed and 'Reviewed: this plan may run. `:Tollgate revoke` takes it back.'
      or ('State: %s. `:TollgateAllow` lets exactly this run; `q` leaves things as they are.'):format(plan.state)
    local buffer = scratch.show(client, 'plan', text(plan, line))
    pcall(vim.api.nvim_buf_del_user_command, buffer, 'TollgateAllow') -- of an older plan in the same buffer
    if not reviewed then
      offer(client, buffer, plan)
    end
  end)
end

--- @param client vim.lsp.Client
--- @param root? string
function M.revoke(client, root)
  server.request(client, 'tollgate/trustPlan', { root = root }, function(plan)
    server.request(client, 'tollgate/trustRevoke', { root = plan.root }, function()
      server.notify(('%s may run nothing any more'):format(vim.fn.fnamemodify(plan.root, ':~')))
    end)
  end)
end

return M
