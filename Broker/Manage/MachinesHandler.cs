using Polydev.Broker.Errors;
using Polydev.Broker.Machines;
using Polydev.Broker.Presence;
using Polydev.Protos.V1;
using Polydev.Shared.Models;

namespace Polydev.Broker.Manage;

/// <summary>Machines of the caller's account.</summary>
internal sealed class MachinesHandler(MachineDirectory machines, MachineTokens tokens, MachineRules rules)
{
    public async Task ListAsync(HttpContext context)
    {
        var all = await machines.ListAsync(ManageCaller.Of(context).AccountId, context.RequestAborted);
        await ManageJson.WriteAsync(
            context, new MachinesBody([.. all.Select(MachineBody.Of)]), ManageJson.Default.MachinesBody);
    }

    public async Task GetAsync(HttpContext context) => await WriteAsync(context, await FindAsync(context));

    public async Task CreateAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var issued = await tokens.CreateAsync(
            caller.AccountId, body.Text(ChangeFields.Name), caller.Actor, context.RequestAborted);
        var machine = await machines.FindAsync(caller.AccountId, issued.Credential.Id, CancellationToken.None)
            ?? throw new ManageException(ManageError.NotFound);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await ManageJson.WriteAsync(
            context, MachineBody.Of(machine) with { Secret = issued.Secret.Reveal() }, ManageJson.Default.MachineBody);
    }

    public async Task RenameAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var machine = await FindAsync(context);
        if (!await tokens.RenameAsync(
            caller.AccountId, machine.Id, body.Text(ChangeFields.Name), caller.Actor, context.RequestAborted))
        {
            throw Revoked();
        }

        await WriteAsync(context, await FindAsync(context));
    }

    /// <summary>Of one CLI; the others stay.</summary>
    public async Task SetUsageRuleAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var machine = await FindAsync(context);
        var rule = new MachineRule
        {
            Provider = body.Text(ChangeFields.Provider)!,
            AllowsOverage = body.Flag(ChangeFields.AllowOverage)!.Value,
            ReservePercent = body.Number(ChangeFields.ReservePercent)!.Value,
        };
        if (!await rules.SetAsync(caller.AccountId, machine.Id, [rule], caller.Actor, context.RequestAborted))
        {
            throw Revoked();
        }

        await WriteAsync(context, await FindAsync(context));
    }

    public async Task RevokeAsync(HttpContext context)
    {
        var (caller, machine) = (ManageCaller.Of(context), await FindAsync(context));

        // Not to be cancelled halfway: the caller may go as soon as it has asked.
        if (!await tokens.RevokeAsync(caller.AccountId, machine.Id, caller.Actor, CancellationToken.None))
        {
            throw Revoked();
        }

        await WriteAsync(context, await FindAsync(context));
    }

    private static RefusedChangeException Revoked() => new("The machine has been revoked.");

    private async Task<Machine> FindAsync(HttpContext context) =>
        await machines.FindAsync(
            ManageCaller.Of(context).AccountId, (string)context.GetRouteValue(ManageFields.MachineId)!, context.RequestAborted)
        ?? throw new ManageException(ManageError.NotFound);

    private static Task WriteAsync(HttpContext context, Machine machine) =>
        ManageJson.WriteAsync(context, MachineBody.Of(machine), ManageJson.Default.MachineBody);
}

/// <summary>Revoked ones too, oldest first.</summary>
internal sealed record MachinesBody(IReadOnlyList<MachineBody> Machines);

/// <summary>A machine: a tunnel token with a name, and what of its tunnels is connected.</summary>
internal sealed record MachineBody
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The tunnel token, told once: when it is made.</summary>
    public string? Secret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    public DateTimeOffset? ExpiresAt { get; init; }

    public DateTimeOffset? FirstSeenAt { get; init; }

    public DateTimeOffset? LastSeenAt { get; init; }

    public required bool Online { get; init; }

    public required IReadOnlyList<TunnelBody> Tunnels { get; init; }

    /// <summary>Null: none of its connections has ended yet.</summary>
    public DateTimeOffset? LastEndedAt { get; init; }

    /// <summary>"goodbye", "lost", "revoked" or "broker_stopped".</summary>
    public string? LastEnding { get; init; }

    /// <summary>What its owner has set, one for each CLI. What holds there stands with the tunnel's CLIs.</summary>
    public required IReadOnlyList<UsageRuleBody> UsageRules { get; init; }

    public static MachineBody Of(Machine machine) => new()
    {
        Id = machine.Id,
        Name = machine.Name,
        CreatedAt = machine.Token.CreatedAt,
        RevokedAt = machine.Token.RevokedAt,
        ExpiresAt = machine.Token.ExpiresAt,
        FirstSeenAt = machine.Token.FirstSeenAt,
        LastSeenAt = machine.Token.LastSeenAt,
        Online = machine.IsOnline,
        Tunnels = [.. machine.Online.Select(TunnelBody.Of)],
        LastEndedAt = machine.LastEnded?.EndedAt,
        LastEnding = machine.LastEnded?.Ending switch
        {
            ConnectionEnding.Goodbye => "goodbye",
            ConnectionEnding.Lost => "lost",
            ConnectionEnding.Revoked => "revoked",
            ConnectionEnding.BrokerStopped => "broker_stopped",
            _ => null,
        },
        UsageRules = [.. machine.Rules.Select(rule => new UsageRuleBody(rule.Provider, rule.AllowsOverage, rule.ReservePercent))],
    };
}

/// <summary>What callers may use of a CLI's subscription, where the machine's own environment does not say something else.</summary>
internal sealed record UsageRuleBody(string Provider, bool AllowOverage, int ReservePercent);

/// <summary>A tunnel that is connected. Slots are null where it does not say how many it has.</summary>
internal sealed record TunnelBody(
    string Version, DateTimeOffset ConnectedSince, bool Draining, int InFlight, int? Slots, IReadOnlyList<CliBody> Clis)
{
    public static TunnelBody Of(OnlineTunnel tunnel) => new(
        tunnel.Version, tunnel.ConnectedSince, tunnel.IsDraining, tunnel.InFlight, tunnel.Slots, [.. tunnel.Clis.Select(CliBody.Of)]);
}

/// <summary>A CLI of a machine.</summary>
internal sealed record CliBody
{
    /// <summary>"claude", "codex", "gemini" or "echo".</summary>
    public required string Provider { get; init; }

    public required string Version { get; init; }

    /// <summary>"ready", "testing", "not_logged_in", "not_installed" or "unusable".</summary>
    public required string State { get; init; }

    /// <summary>What is missing, and how to get it.</summary>
    public required string Hint { get; init; }

    /// <summary>"subscription", "api_key" or "cloud"; null where it is not known.</summary>
    public string? Login { get; init; }

    public required IReadOnlyList<string> Models { get; init; }

    /// <summary>The vendor's windows, as the CLI last told them.</summary>
    public required IReadOnlyList<VendorWindowBody> Windows { get; init; }

    public OverageBody? Overage { get; init; }

    /// <summary>So much of each window its owner keeps back.</summary>
    public required int ReservePercent { get; init; }

    /// <summary>Why calls are refused now; null: they are not.</summary>
    public string? Refusal { get; init; }

    public static CliBody Of(CliInfo cli) => new()
    {
        Provider = cli.Provider,
        Version = cli.Version,
        State = CliStates.NameOf(cli.State),
        Hint = cli.Hint,
        Login = QuotaWords.NameOf(cli.Login),
        Models = [.. cli.Models.Select(model => model.Id)],
        Windows =
        [
            .. cli.Windows.Select(window => new VendorWindowBody(
                window.Label, window.UsedPercent, QuotaWords.MomentOf(window.ResetsAt), QuotaWords.MomentOf(window.AsOf))),
        ],
        Overage = cli.Overage is { } overage
            ? new OverageBody(QuotaWords.NameOf(overage.State), overage.Allowed, QuotaWords.MomentOf(overage.EndsAt))
            : null,
        ReservePercent = (int)cli.ReservePercent,
        Refusal = cli.Refusal.Length > 0 ? cli.Refusal : null,
    };
}

/// <summary>One of a vendor's windows, named by its length.</summary>
internal sealed record VendorWindowBody(string Label, double UsedPercent, DateTimeOffset? ResetsAt, DateTimeOffset? AsOf);

/// <summary>Paid calls beyond the windows.</summary>
/// <param name="State">"off", "available", "in_use" or "unknown".</param>
internal sealed record OverageBody(string State, bool Allowed, DateTimeOffset? EndsAt);
