namespace Polydev.Broker.SignIn.OpenId;

/// <summary>The OpenID Connect provider that people sign in with.</summary>
internal sealed record OpenIdOptions
{
    /// <summary>Where the provider's <c>/.well-known/openid-configuration</c> stands: https, or a loopback address.</summary>
    public required Uri Authority { get; init; }

    public required string ClientId { get; init; }

    /// <summary>Null: the provider knows this broker as a public client, which has PKCE alone.</summary>
    public string? ClientSecret { get; init; }

    /// <summary>As people know the provider.</summary>
    public required string Name { get; init; }

    public SignUpPolicy SignUp { get; init; } = SignUpPolicy.Closed;

    /// <summary>One-time links sign in too.</summary>
    public bool TakesLinks { get; init; } = true;

    /// <summary>
    /// The provider answers by a form that the browser posts from its page (<c>response_mode=form_post</c>), as some do that give out an
    /// address. Then the cookies of a sign-in under way must travel between sites, which browsers allow with TLS alone.
    /// </summary>
    public bool AnswersByForm { get; init; }

    /// <summary>Not what a record says of itself: that would hold the secret.</summary>
    public override string ToString() => Authority.AbsoluteUri;
}
