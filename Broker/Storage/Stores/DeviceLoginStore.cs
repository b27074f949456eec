using Polydev.Broker.Audit;
using Polydev.Broker.SignIn;

namespace Polydev.Broker.Storage.Stores;

internal sealed class DeviceLoginStore(Database database) : IDeviceLoginStore
{
    // The user code's column holds its hash.
    private const string Select =
        """
        SELECT id AS Id, secret_hash AS SecretHash, user_code AS UserCodeHash, machine_name AS MachineName, client_version AS ClientVersion,
               address AS Address, created_at AS CreatedAt, expires_at AS ExpiresAt, state AS State, account_id AS AccountId
        FROM device_logins
        """;

    public async Task<bool> CreateAsync(DeviceLogin login, int pollSeconds, CancellationToken cancellationToken)
    {
        await database.ExecuteAsync(
            "DELETE FROM device_logins WHERE expires_at < @Forgotten",
            new { Forgotten = login.CreatedAt.AddDays(-1).ToUnixTimeMilliseconds() },
            cancellationToken);
        return await database.ExecuteAsync(
            """
            INSERT INTO device_logins
                (id, secret_hash, user_code, machine_name, client_version, address, created_at, expires_at, poll_seconds, state)
            VALUES (@Id, @SecretHash, @UserCodeHash, @MachineName, @ClientVersion, @Address, @CreatedAt, @ExpiresAt, @PollSeconds, @State)
            ON CONFLICT DO NOTHING
            """,
            new
            {
                login.Id,
                SecretHash = Convert.ToHexStringLower(login.SecretHash),
                login.UserCodeHash,
                login.MachineName,
                login.ClientVersion,
                login.Address,
                CreatedAt = login.CreatedAt.ToUnixTimeMilliseconds(),
                ExpiresAt = login.ExpiresAt.ToUnixTimeMilliseconds(),
                PollSeconds = pollSeconds,
                State = (int)DeviceLoginState.Pending,
            },
            cancellationToken) == 1;
    }

    public Task<DeviceLogin?> FindAsync(string id, CancellationToken cancellationToken) =>
        FindOneAsync($"{Select} WHERE id = @Value", id, cancellationToken);

    public Task<DeviceLogin?> FindByUserCodeAsync(string userCodeHash, CancellationToken cancellationToken) =>
        FindOneAsync($"{Select} WHERE user_code = @Value", userCodeHash, cancellationToken);

    public async Task<bool> PollAsync(string id, DateTimeOffset now, int moreSeconds, CancellationToken cancellationToken)
    {
        var poll = new { Id = id, Now = now.ToUnixTimeMilliseconds(), More = moreSeconds };
        if (await database.ExecuteAsync(
            """
            UPDATE device_logins SET polled_at = @Now
            WHERE id = @Id AND (polled_at IS NULL OR polled_at + poll_seconds * 1000 <= @Now)
            """,
            poll,
            cancellationToken) == 1)
        {
            return true;
        }

        await database.ExecuteAsync(
            "UPDATE device_logins SET polled_at = @Now, poll_seconds = poll_seconds + @More WHERE id = @Id", poll, cancellationToken);
        return false;
    }

    public Task<bool> DecideAsync(DeviceDecision decision, AuditEntry entry, CancellationToken cancellationToken) =>
        database.ChangeAsync(
            """
            UPDATE device_logins SET state = @State, account_id = @AccountId, machine_name = @MachineName
            WHERE user_code = @UserCodeHash AND state = @Pending AND expires_at > @Now
            """,
            new
            {
                decision.UserCodeHash,
                decision.AccountId,
                decision.MachineName,
                State = (int)(decision.Approve ? DeviceLoginState.Approved : DeviceLoginState.Denied),
                Pending = (int)DeviceLoginState.Pending,
                Now = entry.At.ToUnixTimeMilliseconds(),
            },
            entry,
            cancellationToken);

    public async Task<bool> GiveAsync(string id, CancellationToken cancellationToken) =>
        await database.ExecuteAsync(
            "UPDATE device_logins SET state = @Given WHERE id = @Id AND state = @Approved",
            new { Id = id, Given = (int)DeviceLoginState.Given, Approved = (int)DeviceLoginState.Approved },
            cancellationToken) == 1;

    private async Task<DeviceLogin?> FindOneAsync(string sql, string value, CancellationToken cancellationToken) =>
        (await database.FindAsync<Row>(sql, new { Value = value }, cancellationToken))?.ToLogin();

    private sealed record Row
    {
        public required string Id { get; init; }

        public required string SecretHash { get; init; }

        public required string UserCodeHash { get; init; }

        public required string MachineName { get; init; }

        public required string ClientVersion { get; init; }

        public required string Address { get; init; }

        public required long CreatedAt { get; init; }

        public required long ExpiresAt { get; init; }

        public required int State { get; init; }

        public string? AccountId { get; init; }

        public DeviceLogin ToLogin() => new()
        {
            Id = Id,
            SecretHash = Convert.FromHexString(SecretHash),
            UserCodeHash = UserCodeHash,
            MachineName = MachineName,
            ClientVersion = ClientVersion,
            Address = Address,
            CreatedAt = StoredTime.Of(CreatedAt),
            ExpiresAt = StoredTime.Of(ExpiresAt),
            State = (DeviceLoginState)State,
            AccountId = AccountId,
        };
    }
}
