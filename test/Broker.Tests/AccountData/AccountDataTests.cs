using Dapper;
using Microsoft.Extensions.Logging.Abstractions;
using Polydev.Broker.AccountData;
using Polydev.Broker.Accounts;
using Polydev.Broker.Audit;
using Polydev.Broker.Errors;
using Polydev.Broker.Keys;
using Polydev.Broker.Machines;
using Polydev.Broker.Retention;
using Polydev.Broker.SignIn;
using Polydev.Broker.Storage.Stores;
using Polydev.Broker.Tests.ApiKeys;
using Polydev.Broker.Tests.Audit;
using Polydev.Broker.Tests.Calls;
using Polydev.Broker.Tests.Keys;
using Polydev.Broker.Tests.SignIn;
using Polydev.Broker.Tests.Storage;
using Polydev.TestKit;

namespace Polydev.Broker.Tests.AccountData;

/// <summary>All that is kept of an account: handed out, and taken away, on both databases.</summary>
[TestFixture(typeof(TemporaryDatabase))]
[TestFixture(typeof(TemporaryPostgres))]
internal sealed class AccountDataTests<TDatabase> : SignInStores<TDatabase>
    where TDatabase : ITemporaryDatabase, new()
{
    private static readonly Actor Ann = SomeEntries.Ann;

    private TimerAnnouncingTimeProvider _time = null!;
    private AccountRig _rig = null!;
    private AccountDataStore _store = null!;
    private AccountDeletion _deletion = null!;
    private AccountRemoval _removal = null!;

    [SetUp]
    public void SetUp()
    {
        _time = new TimerAnnouncingTimeProvider();
        _time.SetUtcNow(Noon);
        _rig = new AccountRig(Database, _time);
        _store = new AccountDataStore(Database);
        _deletion = new AccountDeletion(_store, _rig.Revocations, _rig.Time, NullLogger<AccountDeletion>.Instance);
        _removal = new AccountRemoval(_store, _rig.Time, NullLogger<AccountRemoval>.Instance);
    }

    [TearDown]
    public void TearDown() => _removal.Dispose();

    /// <summary>Whoever makes a table with rows of accounts says there what is exported of it, and has it deleted.</summary>
    [Test]
    public async Task Tables_WithAnAccountsId_AreAllKnownWithAllTheirColumns()
    {
        var tables = await ColumnsAsync();
        string[] untold = ["account_id", "kind", "secret_hash", "old_secret_hash", "user_code", "leaving_at"];

        var known = AccountTable.All.ToLookup(table => table.Table);
        Assert.That(
            tables.Where(table => table.Key == "accounts" || table.Contains("account_id")).Select(table => table.Key),
            Is.EquivalentTo(known.Select(table => table.Key)));
        foreach (var table in known)
        {
            Assert.That(
                table.SelectMany(one => one.Columns).Select(column => column.Name).Distinct(),
                Is.EquivalentTo(tables[table.Key].Except(untold)),
                table.Key);
        }
    }

    [Test]
    public async Task Export_OfAFullAccount_HasARowOfEachKindAndNoSecret()
    {
        var secrets = await FillAsync("ann");
        await FillAsync("bob");

        var rows = await ExportAsync("ann");

        Assert.That(
            rows.Select(row => row.Kind).Distinct(), Is.EquivalentTo(AccountTable.All.Select(table => table.Kind)), "the test fills all");
        Assert.That(rows.Count(row => row.Kind == "call"), Is.EqualTo(1201), "more than a page");
        Assert.That(rows.Select(row => row.Values.ToJsonString()), Is.Unique);
        var json = string.Concat(rows.Select(row => row.Values.ToJsonString()));
        Assert.Multiple(() =>
        {
            foreach (var secret in secrets)
            {
                Assert.That(json, Does.Not.Contain(secret));
            }

            Assert.That(json, Does.Not.Contain("bob"));
            Assert.That(rows[0].Values["tier"]!.GetValue<string>(), Is.EqualTo("free"));
            Assert.That(
                rows.First(row => row.Kind == "call").Values["began_at"]!.ToJsonString(),
                Is.EqualTo("\"2026-03-01T12:00:00+00:00\"").IgnoreCase);
        });
        Assert.That(await ExportAsync("nobody"), Is.Empty);
    }

    [Test]
    public async Task Delete_AFullAccount_LeavesNothingOfItAndAllOfTheOthers()
    {
        await FillAsync("ann");
        await FillAsync("bob");
        var bobs = (await ExportAsync("bob")).Select(row => row.Values.ToJsonString()).ToList();

        Assert.That(await _deletion.DeleteAsync("ann", Ann, default), Is.True);
        Assert.That(await _deletion.DeleteAsync("ann", Ann, default), Is.False, "once");
        await RemoveAsync();
        Assert.That(
            (await ExportAsync("ann")).Select(row => row.Kind), Is.EqualTo(new[] { "account" }), "its own row waits for late calls");

        // One that ended with the account is recorded behind its end.
        await _rig.Usage.AddAsync([SomeCalls.Make("late", "ann")], default);
        _rig.Time.Advance(AccountRemoval.Grace);
        await RemoveAsync();

        Assert.That(await RowsAsync("ann"), Is.Empty);
        Assert.That(await _store.ListLeavingAsync(default), Is.Empty);
        Assert.That((await ExportAsync("bob")).Select(row => row.Values.ToJsonString()), Is.EqualTo(bobs));
    }

    [Test]
    public async Task Delete_WhatRuns_EndsAsByARevocation()
    {
        var key = (await _rig.Keys.CreateAsync("ann", "k", default, Ann, default))!;
        var rotated = (await _rig.Keys.RotateAsync("ann", key.Credential.Id, Broker.ApiKeys.OldSecretLife.OneDay, Ann, default))!;
        var machine = await _rig.Machines.CreateAsync("ann", "m", Ann, default);
        var token = await _rig.Tokens.CreateAsync("ann", "t", Ann, default);
        using var call = _rig.Revocations.Watch((await _rig.AuthenticateAsync(key))!);
        using var tunnel = _rig.Revocations.Watch((await _rig.AuthenticateAsync(machine))!);
        var sessions = new Sessions(new SessionStore(Database), _rig.Time);
        var session = await sessions.BeginAsync("ann", "b", "192.0.2.1", default);

        await _deletion.DeleteAsync("ann", Ann, default);

        Assert.That((call.Revoked.IsCancellationRequested, tunnel.Revoked.IsCancellationRequested), Is.EqualTo((true, true)));
        foreach (var secret in new[] { key, rotated, machine, token })
        {
            Assert.That(await _rig.AuthenticateAsync(secret), Is.Null);
        }

        Assert.That(await sessions.FindAsync(session.Secret.Reveal(), default), Is.Null);
    }

    [Test]
    public async Task Delete_FromThenOn_NothingComesToBe()
    {
        await _deletion.DeleteAsync("ann", Ann, default);

        Assert.That(await _rig.Keys.CreateAsync("ann", "k", default, Ann, default), Is.Null);
        Assert.That(() => _rig.Machines.CreateAsync("ann", "m", Ann, default), Throws.TypeOf<RefusedChangeException>());
        var sessions = new Sessions(new SessionStore(Database), _rig.Time);
        var session = await sessions.BeginAsync("ann", "b", "192.0.2.1", default);
        Assert.That(await sessions.FindAsync(session.Secret.Reveal(), default), Is.Null);
        var accounts = new AccountStore(Database);
        Assert.That(await accounts.FindAsync("ann", default), Is.Null);
        Assert.That((await accounts.ListAsync(default)).Select(account => account.Id), Is.EqualTo(new[] { "bob" }));

        // Its name is free at once.
        var successor = new Account { Id = "ann2", Name = "ann", Tier = AccountTier.Free, CreatedAt = Noon };
        Assert.That(await accounts.CreateAsync(successor, default), Is.True);
    }

    [Test]
    public async Task Delete_TheOwner_IsRefusedAndChangesNothing()
    {
        await new AccountDirectory(new AccountStore(Database), _rig.Time).EnsureOwnerAsync(default);

        Assert.That(() => _deletion.DeleteAsync(Account.OwnerId, Ann, default), Throws.TypeOf<RefusedChangeException>());

        Assert.That(await new AccountStore(Database).FindAsync(Account.OwnerId, default), Is.Not.Null);
        Assert.That(await _store.ListLeavingAsync(default), Is.Empty);
        Assert.That(await _deletion.DeleteAsync("nobody", Ann, default), Is.False);
    }

    [Test]
    public async Task DeleteRows_OfAnAccountThatIsNotLeaving_DeletesNone()
    {
        await FillAsync("ann");
        var before = await RowsAsync("ann");

        Assert.That(await _store.DeleteRowsAsync("ann", 1000, default), Is.Zero);
        await _store.DeleteAccountAsync("ann", default);

        Assert.That(await RowsAsync("ann"), Is.EqualTo(before));
    }

    // Over a thousand rows: there are pauses.
    private async Task RemoveAsync()
    {
        var removing = _removal.RemoveAsync(default);
        while (!removing.IsCompleted)
        {
            var pausing = _time.Timers.WaitToReadAsync().AsTask();
            if (await Task.WhenAny(removing, pausing).DefaultTimeout() == pausing)
            {
                _time.Timers.TryRead(out _);
                _time.Advance(SmallSteps.Pause);
            }
        }

        await removing;
    }

    /// <summary>A row in each table; the secrets that must not be seen.</summary>
    private async Task<IReadOnlyList<string>> FillAsync(string account)
    {
        var key = (await _rig.Keys.CreateAsync(account, "k", default, Ann, default))!;
        var rotated = (await _rig.Keys.RotateAsync(account, key.Credential.Id, Broker.ApiKeys.OldSecretLife.OneDay, Ann, default))!;
        var machine = await _rig.Machines.CreateAsync(account, "m", Ann, default);
        var rule = new MachineRule { Provider = "codex", ReservePercent = 9 };
        Assert.That(await _rig.Rules.SetAsync(account, machine.Credential.Id, [rule], Ann, default), Is.True);
        var token = await _rig.Tokens.CreateAsync(account, "t", Ann, default);
        await _rig.Usage.AddAsync(
            [.. Enumerable.Range(0, 1201).Select(number => SomeCalls.Make($"{account}{number}", account, key.Credential.Id))], default);
        await _rig.Connections.BeginAsync(
            new MachineConnection
            {
                Id = $"c of {account}",
                AccountId = account,
                TokenId = machine.Credential.Id,
                BeganAt = Noon,
                SeenAt = Noon,
            },
            default);
        await _rig.Connections.EndAsync($"c of {account}", Noon, ConnectionEnding.Goodbye, default);
        var links = new SignInLinks(new SignInLinkStore(Database), new AccountStore(Database), _rig.Time);
        var link = await links.CreateAsync(account, new Uri("http://127.0.0.1:1"), default);
        var session = await new Sessions(new SessionStore(Database), _rig.Time).BeginAsync(account, "b", "192.0.2.1", default);
        var logins = new DeviceLogins(new DeviceLoginStore(Database), _rig.Machines, _rig.Time);
        var login = await logins.StartAsync("studio", "1", "192.0.2.1", default);
        var denied = new DeviceDecision(UserCode.Hash(login.UserCode), account, "studio", Approve: false);
        Assert.That(await logins.DecideAsync(denied, Ann, default), Is.True);
        await Database.ExecuteAsync(
            "INSERT INTO identities (issuer, subject, account_id, email, created_at, seen_at) VALUES ('i', @Account, @Account, 'e', 1, 1)",
            new { Account = account },
            default);
        var hash = (await _rig.Store.FindAsync(CredentialKind.ApiKey, key.Credential.Id, default))!;
        return
        [
            .. new[] { key.Secret, rotated.Secret, machine.Secret, token.Secret, session.Secret }.Select(secret => secret.Reveal()[15..]),
            link.Url.AbsoluteUri[^39..], login.DeviceCode[15..], Convert.ToHexStringLower(hash.SecretHash),
            Convert.ToHexStringLower(hash.Old!.SecretHash),
        ];
    }

    private async Task<List<ExportedRow>> ExportAsync(string account)
    {
        var rows = new List<ExportedRow>();
        await foreach (var row in _store.ExportAsync(account, default))
        {
            rows.Add(row);
        }

        return rows;
    }

    // In every table of the database, whether it is known or not.
    private async Task<List<string>> RowsAsync(string account)
    {
        await using var connection = await Database.OpenAsync(default);
        var found = new List<string>();
        foreach (var table in await ColumnsAsync())
        {
            var owner = table.Key == "accounts" ? "id" : table.FirstOrDefault(column => column == "account_id");
            if (owner is not null)
            {
                var count = await connection.ExecuteScalarAsync<long>(
                    $"SELECT count(*) FROM {table.Key} WHERE {owner} = @Account", new { Account = account });
                found.AddRange(Enumerable.Repeat(table.Key, (int)Math.Min(count, 1)));
            }
        }

        return found;
    }

    private async Task<ILookup<string, string>> ColumnsAsync()
    {
        await using var connection = await Database.OpenAsync(default);
        var sql = typeof(TDatabase) == typeof(TemporaryDatabase)
            ? "SELECT m.name, p.name FROM sqlite_master m JOIN pragma_table_info(m.name) p WHERE m.type = 'table'"
            : "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public'";
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        await using var reader = await command.ExecuteReaderAsync();
        var columns = new List<(string Table, string Column)>();
        while (await reader.ReadAsync())
        {
            columns.Add((reader.GetString(0), reader.GetString(1)));
        }

        return columns.ToLookup(one => one.Table, one => one.Column);
    }
}
