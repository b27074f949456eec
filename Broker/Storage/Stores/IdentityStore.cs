using System.Data;
using Dapper;
using Polydev.Broker.Accounts;
using Polydev.Broker.SignIn.OpenId;

namespace Polydev.Broker.Storage.Stores;

internal sealed class IdentityStore(Database database) : IIdentityStore
{
    private const string Insert =
        """
        INSERT INTO identities (issuer, subject, account_id, email, created_at, seen_at)
        VALUES (@Issuer, @Subject, @AccountId, @Email, @CreatedAt, @SeenAt) ON CONFLICT DO NOTHING
        """;

    public async Task<Identity?> FindAsync(string issuer, string subject, CancellationToken cancellationToken) =>
        (await database.FindAsync<Row>(
            """
            SELECT issuer AS Issuer, subject AS Subject, account_id AS AccountId, email AS Email, created_at AS CreatedAt,
                   seen_at AS SeenAt
            FROM identities WHERE issuer = @Issuer AND subject = @Subject
            """,
            new { Issuer = issuer, Subject = subject },
            cancellationToken))?.ToIdentity();

    public async Task<bool> CreateAsync(Identity identity, Account account, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(IsolationLevel.Unspecified, cancellationToken);
        if (await InsertAsync(AccountStore.Insert, AccountRow.From(account)) && await InsertAsync(Insert, Row.From(identity)))
        {
            await transaction.CommitAsync(cancellationToken);
            return true;
        }

        return false;

        async Task<bool> InsertAsync(string sql, object row) =>
            await connection.ExecuteAsync(new CommandDefinition(sql, row, transaction, cancellationToken: cancellationToken)) == 1;
    }

    public Task NoteSeenAsync(Identity identity, CancellationToken cancellationToken) => database.ExecuteAsync(
        "UPDATE identities SET email = @Email, seen_at = @SeenAt WHERE issuer = @Issuer AND subject = @Subject",
        Row.From(identity),
        cancellationToken);

    private sealed record Row
    {
        public required string Issuer { get; init; }

        public required string Subject { get; init; }

        public required string AccountId { get; init; }

        public string? Email { get; init; }

        public required long CreatedAt { get; init; }

        public required long SeenAt { get; init; }

        public static Row From(Identity identity) => new()
        {
            Issuer = identity.Issuer,
            Subject = identity.Subject,
            AccountId = identity.AccountId,
            Email = identity.Email,
            CreatedAt = identity.CreatedAt.ToUnixTimeMilliseconds(),
            SeenAt = identity.SeenAt.ToUnixTimeMilliseconds(),
        };

        public Identity ToIdentity() => new()
        {
            Issuer = Issuer,
            Subject = Subject,
            AccountId = AccountId,
            Email = Email,
            CreatedAt = StoredTime.Of(CreatedAt),
            SeenAt = StoredTime.Of(SeenAt),
        };
    }
}
