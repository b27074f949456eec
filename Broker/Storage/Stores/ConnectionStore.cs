using Polydev.Broker.Machines;

namespace Polydev.Broker.Storage.Stores;

internal sealed class ConnectionStore(Database database) : IConnectionStore
{
    /// <summary>Ids in one statement, as of the credentials.</summary>
    private const int IdsAtOnce = 500;

    private const string Select =
        """
        SELECT c.id AS Id, c.account_id AS AccountId, c.token_id AS TokenId, c.began_at AS BeganAt, c.seen_at AS SeenAt,
               c.ended_at AS EndedAt, c.ending AS Ending
        FROM connections c
        """;

    private const string HasNewer =
        """
        EXISTS (SELECT 1 FROM connections n
            WHERE n.account_id = c.account_id AND n.token_id = c.token_id AND (n.began_at, n.id) > (c.began_at, c.id))
        """;

    public Task BeginAsync(MachineConnection connection, CancellationToken cancellationToken) => database.ExecuteAsync(
        """
        INSERT INTO connections (id, account_id, token_id, began_at, seen_at) VALUES (@Id, @AccountId, @TokenId, @BeganAt, @SeenAt)
        """,
        new
        {
            connection.Id,
            connection.AccountId,
            connection.TokenId,
            BeganAt = connection.BeganAt.ToUnixTimeMilliseconds(),
            SeenAt = connection.SeenAt.ToUnixTimeMilliseconds(),
        },
        cancellationToken);

    public Task EndAsync(string id, DateTimeOffset at, ConnectionEnding ending, CancellationToken cancellationToken) =>
        database.ExecuteAsync(
            "UPDATE connections SET ended_at = @At, seen_at = @At, ending = @Ending WHERE id = @Id AND ended_at IS NULL",
            new { Id = id, At = at.ToUnixTimeMilliseconds(), Ending = (int)ending },
            cancellationToken);

    public async Task TouchAsync(IReadOnlyCollection<string> ids, DateTimeOffset at, CancellationToken cancellationToken)
    {
        foreach (var some in ids.Chunk(IdsAtOnce))
        {
            await database.ExecuteAsync(
                $"UPDATE connections SET seen_at = @At WHERE ended_at IS NULL AND id {database.In("@Ids")}",
                new { At = at.ToUnixTimeMilliseconds(), Ids = some },
                cancellationToken);
        }
    }

    public async Task<IReadOnlyList<MachineConnection>> ListAsync(
        string accountId, DateTimeOffset since, CancellationToken cancellationToken)
    {
        // Of one that runs, too, the last sign of life is no older than the end.
        var rows = await database.ListAsync<Row>(
            $"{Select} WHERE c.account_id = @AccountId AND (c.seen_at >= @Since OR NOT {HasNewer}) ORDER BY c.began_at, c.id",
            new { AccountId = accountId, Since = since.ToUnixTimeMilliseconds() },
            cancellationToken);
        return [.. rows.Select(row => row.ToConnection())];
    }

    public Task<int> DeleteAsync(DateTimeOffset before, int most, CancellationToken cancellationToken) => database.ExecuteAsync(
        $"""
        DELETE FROM connections WHERE id IN
            (SELECT c.id FROM connections c WHERE c.seen_at < @Before AND {HasNewer} ORDER BY c.seen_at
             LIMIT @Most {database.SkipLocked})
        """,
        new { Before = before.ToUnixTimeMilliseconds(), Most = most },
        cancellationToken);

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string AccountId { get; init; }

        public required string TokenId { get; init; }

        public required long BeganAt { get; init; }

        public required long SeenAt { get; init; }

        public long? EndedAt { get; init; }

        public int? Ending { get; init; }

        public MachineConnection ToConnection() => new()
        {
            Id = Id,
            AccountId = AccountId,
            TokenId = TokenId,
            BeganAt = StoredTime.Of(BeganAt),
            SeenAt = StoredTime.Of(SeenAt),
            EndedAt = StoredTime.Of(EndedAt),
            Ending = (ConnectionEnding?)Ending,
        };
    }
}
