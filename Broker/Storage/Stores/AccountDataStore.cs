using System.Data;
using System.Data.Common;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json.Nodes;
using Dapper;
using Polydev.Broker.AccountData;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Storage.Stores;

internal sealed class AccountDataStore(Database database) : IAccountDataStore
{
    private const int RowsOfAPage = 500;

    public async IAsyncEnumerable<ExportedRow> ExportAsync(
        string accountId, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        await database.StoreCountsAsync(cancellationToken);
        foreach (var table in AccountTable.All)
        {
            object[]? last = null;
            do
            {
                var page = await ReadPageAsync(table, accountId, last, cancellationToken);
                foreach (var row in page.Rows)
                {
                    yield return new ExportedRow(table.Kind, row);
                }

                last = page.Rows.Count == RowsOfAPage ? page.Last : null;
            }
            while (last is not null);
        }
    }

    public async Task<IReadOnlyList<string>?> LeaveAsync(string accountId, DateTimeOffset at, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        var asked = new
        {
            AccountId = accountId,
            At = at.ToUnixTimeMilliseconds(),
            Gone = $"deleted {accountId}",
            Approved = (int)DeviceLoginState.Approved,
            Denied = (int)DeviceLoginState.Denied,
        };

        // The account's row first, as everywhere: from here on no call is counted and no credential made.
        if (await ExecuteAsync("UPDATE accounts SET leaving_at = @At, name = @Gone WHERE id = @AccountId AND leaving_at IS NULL") == 0)
        {
            return null;
        }

        var good = (await connection.QueryAsync<string>(new CommandDefinition(
            "SELECT id FROM credentials WHERE account_id = @AccountId AND revoked_at IS NULL",
            asked,
            transaction,
            cancellationToken: cancellationToken))).AsList();
        await ExecuteAsync("UPDATE credentials SET revoked_at = @At WHERE account_id = @AccountId AND revoked_at IS NULL");
        await ExecuteAsync("UPDATE sessions SET ended_at = @At WHERE account_id = @AccountId AND ended_at IS NULL");
        await ExecuteAsync("UPDATE sign_in_links SET used_at = @At WHERE account_id = @AccountId AND used_at IS NULL");
        await ExecuteAsync("UPDATE device_logins SET state = @Denied WHERE account_id = @AccountId AND state = @Approved");
        await transaction.CommitAsync(cancellationToken);
        database.ForgetKeys();
        return good;

        Task<int> ExecuteAsync(string sql) =>
            connection.ExecuteAsync(new CommandDefinition(sql, asked, transaction, cancellationToken: cancellationToken));
    }

    public async Task<IReadOnlyList<LeavingAccount>> ListLeavingAsync(CancellationToken cancellationToken)
    {
        var rows = await database.ListAsync<LeavingRow>(
            "SELECT id AS Id, leaving_at AS LeavingAt FROM accounts WHERE leaving_at IS NOT NULL ORDER BY leaving_at, id",
            null,
            cancellationToken);
        return [.. rows.Select(row => new LeavingAccount(row.Id, StoredTime.Of(row.LeavingAt)))];
    }

    public async Task<int> DeleteRowsAsync(string accountId, int most, CancellationToken cancellationToken)
    {
        var deleted = 0;
        foreach (var table in AccountTable.All.Skip(1).DistinctBy(table => table.Table))
        {
            if (deleted < most)
            {
                var key = string.Join(", ", table.Order);
                deleted += await database.ExecuteAsync(
                    $"""
                    DELETE FROM {table.Table} WHERE account_id = @AccountId AND ({key}) IN
                        (SELECT {key} FROM {table.Table} WHERE account_id = @AccountId
                            AND EXISTS (SELECT 1 FROM accounts WHERE id = @AccountId AND leaving_at IS NOT NULL)
                         LIMIT @Most {database.SkipLocked})
                    """,
                    new { AccountId = accountId, Most = most - deleted },
                    cancellationToken);
            }
        }

        return deleted;
    }

    public Task DeleteAccountAsync(string accountId, CancellationToken cancellationToken) => database.ExecuteAsync(
        "DELETE FROM accounts WHERE id = @AccountId AND leaving_at IS NOT NULL", new { AccountId = accountId }, cancellationToken);

    private async Task<(List<JsonObject> Rows, object[] Last)> ReadPageAsync(
        AccountTable table, string accountId, object[]? last, CancellationToken cancellationToken)
    {
        var order = string.Join(", ", table.Order);
        var parameters = new DynamicParameters(new { AccountId = accountId, Rows = RowsOfAPage });
        var names = new List<string>();
        foreach (var value in last ?? [])
        {
            names.Add(string.Create(CultureInfo.InvariantCulture, $"Last{names.Count}"));
            parameters.Add(names[^1], value);
        }

        var after = last is null ? "" : $"AND ({order}) > ({string.Join(", ", names.Select(name => $"@{name}"))})";
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var reader = await connection.ExecuteReaderAsync(new CommandDefinition(
            $"{table.Select} WHERE {table.Owner} = @AccountId {table.Condition} {after} ORDER BY {order} LIMIT @Rows",
            parameters,
            cancellationToken: cancellationToken));
        var rows = new List<JsonObject>();
        object[] end = [];
        while (await reader.ReadAsync(cancellationToken))
        {
            rows.Add(ToJson(table, reader));
            end = [.. table.Order.Select(column => reader[column])];
        }

        return (rows, end);
    }

    private static JsonObject ToJson(AccountTable table, DbDataReader reader)
    {
        var row = new JsonObject();
        for (var index = 0; index < table.Columns.Length; index++)
        {
            row[table.Columns[index].Name] = reader.IsDBNull(index) ? null : table.Columns[index].ToJson(reader.GetValue(index));
        }

        return row;
    }

    private sealed record LeavingRow(string Id, long LeavingAt);
}
