using Squad.Platform.Git;

namespace Squad.Platform.Tests.Git;

public sealed class RepositoryNameTests
{
    [Theory]
    [InlineData("admin", "project")]
    [InlineData("A", "0")]
    [InlineData("a-b_c.d", "x.y-z_1")]
    [InlineData("v1x", "api")]
    public void A_good_name_is_taken_as_it_is(string owner, string name)
    {
        var parsed = RepositoryName.Parse(owner, name);

        Assert.Null(parsed.Error);
        Assert.Equal($"{owner}/{name}", parsed.Value!.ToString());
    }

    [Theory]
    [InlineData("", "required")]
    [InlineData(null, "required")]
    [InlineData("..", "characters")]
    [InlineData(".hidden", "characters")]
    [InlineData("-option", "characters")]
    [InlineData("a/b", "characters")]
    [InlineData("a\\b", "characters")]
    [InlineData("a\0", "characters")]
    [InlineData("a\n", "characters")]
    [InlineData("ä", "characters")]
    [InlineData("a b", "characters")]
    [InlineData("%2e", "characters")]
    [InlineData("a..b", "dots")]
    [InlineData("a.", "ending")]
    [InlineData("a.git", "ending")]
    [InlineData("a.GIT", "ending")]
    [InlineData("a.lock", "ending")]
    public void A_bad_owner_and_a_bad_name_are_both_told(string? text, string code)
    {
        var error = RepositoryName.Parse(text, text).Error!;

        Assert.Equal(ErrorKind.Invalid, error.Kind);
        Assert.Equal([("owner", code), ("name", code)], error.Fields.Select(f => (f.Field, f.Code)));
    }

    [Theory]
    [InlineData("v1")]
    [InlineData("API")]
    [InlineData("Hubs")]
    [InlineData("openapi.json")]
    [InlineData("setup")]
    public void What_the_server_uses_itself_is_no_owner(string owner) =>
        Assert.Equal("reserved", Assert.Single(RepositoryName.Parse(owner, "x").Error!.Fields).Code);

    [Fact]
    public void The_first_users_name_can_own_repositories() => Assert.Null(RepositoryName.OwnerProblem("username", Squad.Platform.Accounts.AdminSetup.Username));

    [Fact]
    public void Sixty_four_characters_are_the_most()
    {
        Assert.Null(RepositoryName.Parse(new string('a', 64), new string('b', 64)).Error);
        Assert.Equal("tooLong", Assert.Single(RepositoryName.Parse("a", new string('b', 65)).Error!.Fields).Code);
    }

    [Fact]
    public void Names_that_differ_in_case_are_the_same()
    {
        var one = RepositoryName.Parse("Admin", "Project").Value!;
        var two = RepositoryName.Parse("admin", "pROJECT").Value!;

        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
        Assert.Equal("admin/project", one.Key);
    }

    [Theory]
    [InlineData("a/b", true)]
    [InlineData("a", false)]
    [InlineData("a/b/c", false)]
    [InlineData("/b", false)]
    [InlineData(null, false)]
    public void A_full_name_has_two_parts(string? text, bool good) => Assert.Equal(good, RepositoryName.Parse(text).IsOk);
}
