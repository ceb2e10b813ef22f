--- What an agent would be told and this user has not seen. View before accept: `:TollgateAccept` exists only in the buffer
--- that shows the difference and answers with the hash and the nonce of exactly that; it is gone when the buffer is.
local scratch = require('tollgate.scratch')
local server = require('tollgate.server')

local M = {}

local function offer(client, buffer, words)
  vim.api.nvim_buf_create_user_command(buffer, 'TollgateAccept', function()
    local answer = { root = words.root, hash = words.hash, nonce = words.nonce }
    server.request(client, 'tollgate/wordsAccept', answer, function(result)
      if vim.api.nvim_buf_is_valid(buffer) then
        pcall(vim.api.nvim_buf_del_user_command, buffer, 'TollgateAccept')
      end
      local line = result.accepted and 'Accepted: an agent may be told exactly this.'
        or 'It changed while you read it. Look at it again with `:Tollgate words`.'
      scratch.replace(buffer, line .. '\n\n' .. words.markdown)
      server.notify(line)
    end)
  end, { desc = 'Let an agent be told exactly what is shown here' })
end

--- @param client vim.lsp.Client
--- @param pass { root?: string, ticket?: string, pass?: string } without a pass the next one
function M.review(client, pass)
  local asked = { root = pass.root, ticket = pass.ticket, pass = pass.pass }
  server.request(client, 'tollgate/words', next(asked) and asked or vim.empty_dict(), function(words)
    if #words.sentences == 0 then
      return server.notify(('you have seen all that %s tells its agent'):format(words.pass))
    end
    local acceptable = words.nonce and words.nonce ~= vim.NIL
    local line = acceptable and '`:TollgateAccept` lets an agent be told exactly this; `q` leaves things as they are.'
      or 'Only to be looked at here.'
    local buffer = scratch.show(client, 'words', line .. '\n\n' .. words.markdown)
    pcall(vim.api.nvim_buf_del_user_command, buffer, 'TollgateAccept') -- of older words in the same buffer
    if acceptable then
      offer(client, buffer, words)
    end
  end)
end

return M
