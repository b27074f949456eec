using Microsoft.Extensions.Logging.Abstractions;
using Polydev.Broker.Accounts;
using Polydev.Broker.Keys;
using Polydev.Broker.Storage;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.Keys;

[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class RevocationWatcherTests
{
    private readonly TimerAnnouncingTimeProvider _time = new();
    private readonly Revocations _revocations = new(new CredentialCache(TimeProvider.System));
    private TemporaryDatabase _temporary = null!;
    private CountingCredentialStore _store = null!;
    private RevocationWatcher _watcher = null!;

    [SetUp]
    public async Task SetUp()
    {
        _temporary = new TemporaryDatabase();
        var database = _temporary.Open();
        await new AccountDirectory(new AccountStore(database), _time).EnsureOwnerAsync(default);
        _store = new CountingCredentialStore(new CredentialStore(database));
        _watcher = new RevocationWatcher(_store, _revocations, _time, NullLogger<RevocationWatcher>.Instance);
        await _watcher.StartAsync(default);
    }

    [TearDown]
    public async Task TearDown()
    {
        await _watcher.StopAsync(default).DefaultTimeout();
        _watcher.Dispose();
        _temporary.Dispose();
    }

    [Test]
    public async Task Execute_RevokedByAnotherProcess_CancelsAtTheNextSecond()
    {
        var (revoked, kept) = (await IssueAsync(), await IssueAsync());
        using var watch = _revocations.Watch(revoked);
        using var other = _revocations.Watch(kept);
        var cancelled = WhenCancelled(watch.Revoked);

        await RevokeElsewhereAsync(revoked);
        await NextSecondAsync();

        await cancelled.DefaultTimeout();
        Assert.That(other.Revoked.IsCancellationRequested, Is.False);
    }

    [Test]
    public async Task Execute_RevokedBeforeItWasWatched_CancelsAtTheNextSecond()
    {
        var credential = await IssueAsync();
        await RevokeElsewhereAsync(credential);

        using var watch = _revocations.Watch(credential);
        var cancelled = WhenCancelled(watch.Revoked);
        await NextSecondAsync();

        await cancelled.DefaultTimeout();
    }

    [Test]
    public async Task Execute_NothingWatched_DoesNotAsk()
    {
        var credential = await IssueAsync();
        Assert.That(_time.Timers.TryRead(out _), Is.False);

        var watch = _revocations.Watch(credential);
        var due = await _time.Timers.ReadAsync().AsTask().DefaultTimeout();
        watch.Dispose();
        _time.Advance(due);

        await _watcher.StopAsync(default).DefaultTimeout();
        Assert.That(_time.Timers.TryRead(out _), Is.False);
        Assert.That(_store.RevocationChecks, Is.Zero);
    }

    [Test]
    public async Task Execute_TheCheckFails_TriesAgain()
    {
        var credential = await IssueAsync();
        using var watch = _revocations.Watch(credential);
        var cancelled = WhenCancelled(watch.Revoked);
        await RevokeElsewhereAsync(credential);

        await using (var connection = await _temporary.Open().OpenAsync(default))
        {
            await RenameAsync(connection, "credentials", "hidden");
            await NextSecondAsync();
            var due = await _time.Timers.ReadAsync().AsTask().DefaultTimeout();
            Assert.That(watch.Revoked.IsCancellationRequested, Is.False);
            await RenameAsync(connection, "hidden", "credentials");
            _time.Advance(due);
        }

        await cancelled.DefaultTimeout();
    }

    [Test]
    public async Task Revoke_InThisProcess_CancelsWithoutWaiting()
    {
        var credential = await IssueAsync();
        using var watch = _revocations.Watch(credential);

        Assert.That(await NewIssuer().RevokeAsync(credential.Kind, credential.Id, default), Is.True);

        Assert.That(watch.Revoked.IsCancellationRequested, Is.True);
    }

    private static Task WhenCancelled(CancellationToken token)
    {
        var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        token.Register(cancelled.SetResult);
        return cancelled.Task;
    }

    private static async Task RenameAsync(System.Data.Common.DbConnection connection, string from, string to)
    {
        await using var command = connection.CreateCommand();
        command.CommandText = $"ALTER TABLE {from} RENAME TO {to}";
        await command.ExecuteNonQueryAsync();
    }

    private async Task NextSecondAsync()
    {
        var due = await _time.Timers.ReadAsync().AsTask().DefaultTimeout();
        Assert.That(due, Is.LessThanOrEqualTo(TimeSpan.FromSeconds(1)));
        _time.Advance(due);
    }

    private CredentialIssuer NewIssuer() => new(_store, _revocations, _time);

    private async Task<Credential> IssueAsync()
    {
        var request = new CredentialRequest { Kind = CredentialKind.TunnelToken, AccountId = Account.OwnerId, Name = "laptop" };
        return (await NewIssuer().IssueAsync(request, default)).Credential;
    }

    private async Task RevokeElsewhereAsync(Credential credential) =>
        Assert.That(
            await new CredentialStore(_temporary.Open()).RevokeAsync(credential.Kind, credential.Id, _time.GetUtcNow(), default),
            Is.True);
}
