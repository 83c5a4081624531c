<?php
// A publisher made of the public library of Debian's php-pubsubhubbub-publisher,
// as its users write it. Arguments: the hub's URL, then topics. Prints "ok" if
// the library is satisfied.
require '/usr/share/php/Pubsubhubbub/Publisher/autoload.php';

$publisher = new pubsubhubbub\publisher\Publisher($argv[1]);
if ($publisher->publish_update(array_slice($argv, 2))) {
    echo "ok\n";
} else {
    echo "refused: " . $publisher->last_response() . "\n";
}
