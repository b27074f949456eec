using Polydev.Broker.Errors;
using Polydev.Broker.Keys;

namespace Polydev.Broker.Manage;

/// <summary>Account tokens of the caller's account: what this API is asked with.</summary>
internal sealed class TokensHandler(AccountTokens tokens)
{
    public async Task ListAsync(HttpContext context)
    {
        var all = await tokens.ListAsync(ManageCaller.Of(context).AccountId, context.RequestAborted);
        await ManageJson.WriteAsync(context, new TokensBody([.. all.Select(TokenBody.Of)]), ManageJson.Default.TokensBody);
    }

    public async Task CreateAsync(HttpContext context)
    {
        var (caller, body) = (ManageCaller.Of(context), await ManageBody.ReadAsync(context));
        var issued = await tokens.CreateAsync(
            caller.AccountId, body.Text(ChangeFields.Name), caller.Actor, context.RequestAborted);
        var stored = await FindAsync(caller, issued.Credential.Id);
        context.Response.StatusCode = StatusCodes.Status201Created;
        await ManageJson.WriteAsync(
            context, TokenBody.Of(stored) with { Secret = issued.Secret.Reveal() }, ManageJson.Default.TokenBody);
    }

    /// <summary>Its own too: the answer is then the last that it gets.</summary>
    public async Task RevokeAsync(HttpContext context)
    {
        var (caller, id) = (ManageCaller.Of(context), (string)context.GetRouteValue(ManageFields.TokenId)!);
        await FindAsync(caller, id);
        if (!await tokens.RevokeAsync(caller.AccountId, id, caller.Actor, CancellationToken.None))
        {
            throw new RefusedChangeException("The token has been revoked.");
        }

        await ManageJson.WriteAsync(context, TokenBody.Of(await FindAsync(caller, id)), ManageJson.Default.TokenBody);
    }

    private async Task<Credential> FindAsync(ManageCaller caller, string id) =>
        (await tokens.ListAsync(caller.AccountId, CancellationToken.None)).FirstOrDefault(token => token.Id == id)
        ?? throw new ManageException(ManageError.NotFound);
}

/// <summary>Revoked ones too, oldest first.</summary>
internal sealed record TokensBody(IReadOnlyList<TokenBody> Tokens);

/// <summary>A token for the management API.</summary>
internal sealed record TokenBody
{
    public required string Id { get; init; }

    public required string Name { get; init; }

    /// <summary>The token itself, told once: when it is made.</summary>
    public string? Secret { get; init; }

    public required DateTimeOffset CreatedAt { get; init; }

    public DateTimeOffset? RevokedAt { get; init; }

    /// <summary>To five minutes.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    public static TokenBody Of(Credential token) => new()
    {
        Id = token.Id,
        Name = token.Name,
        CreatedAt = token.CreatedAt,
        RevokedAt = token.RevokedAt,
        LastUsedAt = token.LastSeenAt,
    };
}
