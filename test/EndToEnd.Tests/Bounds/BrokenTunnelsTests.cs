namespace Polydev.EndToEnd.Tests.Bounds;

/// <summary>
/// Two thousand tunnels that break the protocol, against a broker process over real gRPC, with calls routed to them, and beside them the
/// stream of another caller that a good tunnel carries. <c>POLYDEV_FUZZ=seed</c> makes that run again.
/// </summary>
[FixtureLifeCycle(LifeCycle.InstancePerTestCase)]
public sealed class BrokenTunnelsTests
{
    private const int Tunnels = 2000;

    // Below what an account may have at once.
    private const int Round = 25;

    // The time limits are the broker's own, and go by the real clock: so many accounts' tunnels wait for them side by side.
    private const int Accounts = 20;

    // As many at once as later: those before the others are the measure of what the broker's memory comes to.
    private const int WarmUp = Accounts * Round;

    private const double MostGrowth = 1.5;

    private static readonly TimeSpan RoundLimit = TimeSpan.FromMinutes(5);

    private BoundsRig _rig = null!;

    // A CLI that says nothing is given up a little after a tunnel that says nothing: both are tried.
    [SetUp]
    public async Task SetUp() => _rig = await BoundsRig.StartAsync(more: ["--timeout", "17"]);

    [TearDown]
    public async Task TearDown() => await _rig.DisposeAsync();

    [Test]
    public async Task BrokenTunnels_OfEveryKind_CostTheirOwnCallsAlone()
    {
        var (seed, _) = FuzzSeed.Asked();
        await TestContext.Out.WriteLineAsync($"Seed {seed}; POLYDEV_FUZZ={seed} repeats it.");
        var accounts = new List<BrokenAccount>();
        for (var index = 0; index < Accounts; index++)
        {
            accounts.Add(await BrokenAccount.OpenAsync(_rig.Stack, $"broken-{index}"));
        }

        await RunAsync(accounts, 0, seed);
        var before = await _rig.HeldMegabytesAsync();
        for (var first = WarmUp; first < Tunnels; first += Accounts * Round)
        {
            await RunAsync(accounts, first, seed);
        }

        var after = await _rig.HeldMegabytesAsync();
        await TestContext.Out.WriteLineAsync($"Resident: {before:F0} MB after the first {WarmUp}, {after:F0} MB after all.");
        Assert.That(after, Is.LessThanOrEqualTo(before * MostGrowth), "The resident memory grows.");
        accounts.ForEach(account => account.Dispose());
        await _rig.AssertServedAsync();
    }

    private async Task RunAsync(List<BrokenAccount> accounts, int first, int seed)
    {
        var rounds = accounts.Select((account, index) => account.RunAsync(first + (index * Round), Round, seed));
        await Task.WhenAll(rounds).WaitAsync(RoundLimit);
        await _rig.GoOnAsync();
    }
}
