using Polydev.Broker.Accounts;
using Polydev.Shared.Text;
using Polydev.Shared.Tokens;

namespace Polydev.Broker.SignIn.OpenId;

/// <summary>
/// Finds the account of somebody whom the provider has confirmed, and opens one at the first sign-in where the policy allows.
/// </summary>
internal sealed class Identities(
    IIdentityStore store, IAccountStore accounts, AccountDirectory directory, OpenIdOptions options, TimeProvider time)
{
    // As long as the names of `account create`.
    private const int LongestName = 100;
    private const int SuffixLength = 4;
    private const string Nameless = "account";

    public async Task<AccountOrProblem> FindOrOpenAsync(OpenIdPerson person, CancellationToken cancellationToken)
    {
        for (var name = NameOf(person); ; name = $"{NameOf(person)} {TokenAlphabet.Random(SuffixLength)}")
        {
            var now = time.GetUtcNow();
            if (await store.FindAsync(person.Issuer, person.Subject, cancellationToken) is { } known)
            {
                await store.NoteSeenAsync(known with { Email = person.Email, SeenAt = now }, cancellationToken);
                return new AccountOrProblem(await accounts.FindAsync(known.AccountId, cancellationToken), SignInProblem.NotConfirmed);
            }

            if (options.SignUp.RefusalOf(person.Email) is { } refusal)
            {
                return new AccountOrProblem(null, refusal);
            }

            var account = await directory.DraftAsync(name, AccountTier.Free, cancellationToken);
            if (await store.CreateAsync(IdentityOf(person, account.Id, now), account, cancellationToken))
            {
                return new AccountOrProblem(account, default);
            }

            // The name is somebody else's, or the same person was faster in another tab: looked at again, under another name.
        }
    }

    private static Identity IdentityOf(OpenIdPerson person, string accountId, DateTimeOffset now) => new()
    {
        Issuer = person.Issuer,
        Subject = person.Subject,
        AccountId = accountId,
        Email = person.Email,
        CreatedAt = now,
        SeenAt = now,
    };

    // A name is the person's own choice: without the sign none is taken for an address that somebody else has.
    private static string NameOf(OpenIdPerson person)
    {
        var name = PlainText.Line(person.Email ?? person.Name?.Replace('@', ' '), LongestName - SuffixLength - 1).Trim();
        return name.Length > 0 ? name : Nameless;
    }
}

/// <summary>Whose account it is.</summary>
/// <param name="Account">Null: there is none.</param>
/// <param name="Problem">Why; of no meaning beside an account.</param>
internal sealed record AccountOrProblem(Account? Account, SignInProblem Problem);
